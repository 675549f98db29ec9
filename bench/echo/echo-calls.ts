import type { Operation } from "../load/operation.ts";
import { ECHO_PATH } from "./echo-method.ts";
import type { PlainClient } from "./plain-client.ts";

/** About what a reserve takes on the wire. */
const MESSAGE_BYTES = 80;

/** Calls of the echo. */
export function echoCalls(client: PlainClient, messageBytes = MESSAGE_BYTES): Operation {
  const request = Buffer.alloc(messageBytes, 1);
  return {
    rateName: "callsPerSecond",
    recordsPerSend: 1,
    sender: (_, recorder) => async (intendedMs) => {
      await client.call(ECHO_PATH, request);
      recorder.answered(intendedMs, 1);
    },
  };
}
