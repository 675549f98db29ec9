import { type Decision, type HarborpointClient, newToken, type WriteOptions } from "../../../client/index.ts";
import type { Random } from "../../../common/random.ts";
import type { OperationKind } from "../../../workload/traffic.ts";
import type { OperationRequest } from "../history/operation.ts";
import { MEAN_AMOUNT_MINOR, type TradedIssuer } from "./traded-issuer.ts";

/** Cumulative shares of the kinds. */
const KINDS: readonly (readonly [number, OperationKind])[] = [
  [0.6, "reserve"],
  [0.72, "release"],
  [0.82, "settle"],
  [0.98, "amend"],
  [1, "limit"],
];
/** Share of closing requests that aim at a reservation which is closed already. */
const CLOSED_SHARE = 0.1;

/** Draws the next request of a client to an issuer. */
export function drawRequest(issuer: TradedIssuer, region: string, random: Random): OperationRequest {
  const common = { issuerId: issuer.issuerId, token: newToken(), region };
  const amountMinor = random.integer(1, 2 * MEAN_AMOUNT_MINOR);
  const kind = drawKind(random.fraction());
  if (kind === "limit") {
    const limitMinor = random.integer(issuer.limitMinor / 2, issuer.limitMinor * 2);
    return { ...common, kind, targetToken: "", amountMinor: limitMinor };
  }
  const targetToken = kind === "reserve" ? undefined : drawTarget(kind, issuer, random);
  if (targetToken === undefined) return { ...common, kind: "reserve", targetToken: "", amountMinor };
  return { ...common, kind, targetToken, amountMinor: kind === "amend" ? amountMinor : 0 };
}

/** Sends a request; the same request may be sent any number of times. */
export function sendRequest(
  request: OperationRequest,
  client: HarborpointClient,
  options: WriteOptions,
): Promise<Decision> {
  const { kind, issuerId, token, targetToken, amountMinor, region } = request;
  const asker = { desk: `${region}-desk`, trader: "t001" };
  switch (kind) {
    case "reserve":
      return client.reserve({ ...asker, token, issuerId, amountMinor }, options);
    case "amend":
      return client.amend({ ...asker, token, issuerId, targetToken, amountMinor }, options);
    case "limit":
      return client.setIssuerLimit({ token, issuerId, limitMinor: amountMinor }, options);
    default:
      return client[kind]({ ...asker, token, issuerId, targetToken }, options);
  }
}

function drawKind(fraction: number): OperationKind {
  for (const [share, kind] of KINDS) if (fraction < share) return kind;
  return "reserve";
}

function drawTarget(kind: OperationKind, { pool }: TradedIssuer, random: Random): string | undefined {
  const closed = random.fraction() < CLOSED_SHARE ? pool.peekClosed(random.fraction()) : undefined;
  if (closed !== undefined) return closed;
  return kind === "amend" ? pool.peek(random.fraction()) : pool.take(random.fraction());
}
