import type { RawAnswer } from "../support/raw-client.ts";
import type { WireStatus } from "../support/wire-status.ts";

/** Status of a call that must be refused. */
export async function refusalOf(call: Promise<RawAnswer<unknown>>): Promise<WireStatus> {
  const answer = await call;
  if (answer.ok) throw new Error(`expected a refusal and got ${JSON.stringify(answer.response, printable)}`);
  return answer.status;
}

/** Answer of a call that must succeed. */
export async function answerOf<Out>(call: Promise<RawAnswer<Out>>): Promise<Out> {
  const answer = await call;
  if (!answer.ok)
    throw new Error(`${answer.status.code} ${answer.status.info?.reason}: ${answer.status.message}`);
  return answer.response;
}

function printable(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
