import type { Test } from "tap";
import { ERROR_CATALOG } from "../../../common/errors/catalog.ts";
import type { WireStatus } from "../../support/wire-status.ts";
import type { ErrorCase } from "./error-case.ts";

/** Checks a status against the catalogue: code, ErrorInfo, BadRequest, RetryInfo and the push-back trailer. */
export function checkStatus(t: Test, { reason, field }: ErrorCase, status: WireStatus): void {
  const row = ERROR_CATALOG[reason];
  t.equal(status.info?.reason, reason, status.message);
  t.equal(status.code, row.status);
  t.equal(status.info?.domain, "harborpoint");
  t.match(status.info?.metadata, { outcome: row.outcome, retry: row.retry });
  const keys = Object.keys(status.info?.metadata ?? {});
  t.same(
    keys.filter((key) => !/^[a-z][A-Za-z0-9]*$/.test(key)),
    [],
    "metadata keys are lowerCamelCase",
  );
  t.same(status.fields, field === undefined ? [] : [field], "fields of BadRequest");
  if (row.retryAfterMs === undefined)
    t.equal(status.retryMs, undefined, "no RetryInfo: waiting does not help");
  else t.ok((status.retryMs ?? 0) > 0, "RetryInfo says how long to wait");
  const expectedPushbackMs = row.retry === "same-request" ? status.retryMs : undefined;
  t.equal(status.pushbackMs, expectedPushbackMs, "the push-back trailer agrees with RetryInfo");
  t.not(status.message, "", "there is a sentence for people");
}
