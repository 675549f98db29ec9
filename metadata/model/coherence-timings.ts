import { type Finding, violation } from "./finding.ts";

/** Times the protocol's guarantees are computed from, in milliseconds. */
export type Timings = {
  /** Longest window of acknowledged records a regional failover may lose. */
  readonly rpoMs: number;
  /** A holder of a grant stops this long after it asked. */
  readonly grantMs: number;
  /** A grantor stands by its grant this long after its acknowledgement. */
  readonly grantKeptMs: number;
  /** Clients and routers take an approval older than this for unknown. */
  readonly clientLimitMs: number;
  /** A leader stops using the metadata service's lease this long after it asked. */
  readonly leaseMs: number;
  /** The metadata service stands by its lease this long. */
  readonly leaseKeptMs: number;
  /** Leaders renew their grants this often. */
  readonly heartbeatMs: number;
};

/** Clocks may run apart by this much in both directions together. */
const DRIFT_PERCENT = 1;

/** Scheduling noise a grantor allows for on top of the drift. */
const SLACK_MS = 200;

/** Part of the RPO that may be used up; the rest covers a holder whose clock runs slow. */
const RPO_PERCENT_MAX = 99;

/** Heartbeats that may be lost one after the other before a grant runs out. */
const HEARTBEATS_PER_GRANT_MIN = 4;

/** Every rule between two times that does not hold. */
export function timingFindings(timings: Timings): readonly Finding[] {
  const rules = [rpoRule, grantRule, leaseRule, heartbeatRule];
  return rules.flatMap((rule) => rule(timings) ?? []);
}

/** The leader's last acknowledgement may reach a client this long after the remote's last proof. */
function rpoRule({ rpoMs, grantMs, clientLimitMs }: Timings): Finding | undefined {
  const usableMs = (rpoMs * RPO_PERCENT_MAX) / 100;
  if (grantMs + clientLimitMs <= usableMs) return undefined;
  const sum = `grantMs ${grantMs} + clientLimitMs ${clientLimitMs}`;
  return violation(
    "RPO_EXCEEDED",
    `${sum} must be at most ${usableMs}, ${RPO_PERCENT_MAX} % of rpoMs ${rpoMs}`,
  );
}

/** The holder must stop first, and its last answers be worthless, before a grantor lets go. */
function grantRule({ grantMs, clientLimitMs, grantKeptMs }: Timings): Finding | undefined {
  const neededMs = keptMsMin(grantMs + clientLimitMs);
  if (grantKeptMs >= neededMs) return undefined;
  const held = `grantMs ${grantMs} + clientLimitMs ${clientLimitMs}`;
  return violation("GRANT_MARGIN", `grantKeptMs ${grantKeptMs} must be at least ${neededMs} for ${held}`);
}

function leaseRule({ leaseMs, leaseKeptMs }: Timings): Finding | undefined {
  const neededMs = keptMsMin(leaseMs);
  if (leaseKeptMs >= neededMs) return undefined;
  return violation(
    "LEASE_MARGIN",
    `leaseKeptMs ${leaseKeptMs} must be at least ${neededMs} for leaseMs ${leaseMs}`,
  );
}

function heartbeatRule({ heartbeatMs, grantMs }: Timings): Finding | undefined {
  if (heartbeatMs * HEARTBEATS_PER_GRANT_MIN <= grantMs) return undefined;
  const rule = `${HEARTBEATS_PER_GRANT_MIN} heartbeats must fit into grantMs ${grantMs}`;
  return violation("HEARTBEAT_TOO_SLOW", `heartbeatMs is ${heartbeatMs}: ${rule}`);
}

/** How long a grantor must stand by what the holder uses for `heldMs` of its own clock. */
function keptMsMin(heldMs: number): number {
  return (heldMs * (100 + DRIFT_PERCENT)) / 100 + SLACK_MS;
}
