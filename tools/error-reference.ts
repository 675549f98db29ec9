// The reference page of errors, made from the catalogue.
import {
  type CatalogRow,
  ERROR_CATALOG,
  type ErrorOutcome,
  type ErrorRetry,
  type Reason,
} from "../common/errors/catalog.ts";
import { GrpcCode } from "../common/errors/grpc-code.ts";
import { reasonNumber } from "../common/errors/reason.ts";

/** Where the page lies, from the root of the checkout. */
export const ERROR_REFERENCE_PATH = "docs/reference/errors.md";

const OUTCOMES: Readonly<Record<ErrorOutcome, string>> = {
  NOT_COMMITTED:
    "This attempt recorded nothing and never will. It says nothing of earlier attempts with the same token.",
  UNKNOWN: "The request may have been recorded, or still be. Its token can tell.",
  READ: "It was a read; nothing was to be recorded.",
  NONE: "The question does not apply.",
};

const RETRIES: Readonly<Record<ErrorRetry, string>> = {
  "same-request": "Repeat the same request, with the same token, after the delay of `RetryInfo`.",
  "after-refresh":
    "Look up again what the request was aimed at, then repeat it. Routers do this for their clients.",
  "ask-token":
    "Ask for the token (`GetTokenStatus`), or repeat the very same request: the store replays what it recorded. Never use another token.",
  never: "Do not repeat it as it is.",
};

/** The page, as Markdown. */
export function errorReference(): string {
  const reasons = (Object.keys(ERROR_CATALOG) as Reason[]).toSorted(
    (a, b) => reasonNumber(a) - reasonNumber(b),
  );
  return [
    "<!-- Made by `npm run generate` from common/errors/catalog.ts. -->",
    "# Errors",
    [
      "A decision, APPROVED or DECLINED, is an answer and never an error. An error means that no decision was made, or that none is known.",
      "Every error of the store is a `google.rpc.Status` in `grpc-status-details-bin` with an `ErrorInfo` of domain `harborpoint`: its `reason` is",
      "one of the names below, its metadata says `outcome` and `retry` beside particulars of the case. `RetryInfo`, and for `same-request` the trailer",
      "`grpc-retry-pushback-ms`, say how long to wait. INVALID_REQUEST names the field at fault in `BadRequest`, whenever there is one.",
      "In batches the reason stands in the result of each item. A status without such an `ErrorInfo` comes from something in between: treat a",
      "mutation that ends with one like COMMIT_OUTCOME_UNKNOWN.",
    ].join("\n"),
    table(
      ["Reason", "No.", "gRPC status", "Outcome", "Retry", "Wait", "Meaning"],
      reasons.map((reason) => row(reason, ERROR_CATALOG[reason])),
    ),
    "## Outcomes",
    table(["Outcome", "What is known of the request"], Object.entries(OUTCOMES)),
    "## Retries",
    table(
      ["Retry", "What to do"],
      Object.entries(RETRIES).map(([retry, advice]) => [`\`${retry}\``, advice]),
    ),
    "",
  ]
    .join("\n\n")
    .trimEnd()
    .concat("\n");
}

function row(reason: Reason, { status, outcome, retry, retryAfterMs, message }: CatalogRow): string[] {
  const wait = retryAfterMs === undefined ? "" : `${retryAfterMs} ms`;
  const code = `${status} (${GrpcCode[status]})`;
  return [`\`${reason}\``, String(reasonNumber(reason)), code, outcome, `\`${retry}\``, wait, message];
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line)].join("\n");
}
