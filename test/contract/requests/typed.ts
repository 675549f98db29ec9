import type { RawAnswer } from "../../support/raw-client.ts";

/** What is wrong with an answer to nonsense: it must be an answer, or an error of the catalogue. */
export function untyped(answer: RawAnswer<unknown>): string | undefined {
  if (answer.ok || answer.status.info?.domain === "harborpoint") return undefined;
  return `${answer.status.code}: ${answer.status.message}`;
}
