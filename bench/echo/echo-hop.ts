// One hop of a gRPC echo, in a process of its own: answers with the bytes it got, or with what the
// next hop answers, whose address is its argument.
import { type handleUnaryCall, Server, ServerCredentials, type ServiceError } from "@grpc/grpc-js";
import { leaveWithParent } from "../../cli/roles/leave-with-parent.ts";
import { ECHO_PATH, ECHO_SERVICE } from "./echo-method.ts";
import { PlainClient } from "./plain-client.ts";

const [next] = process.argv.slice(2);
const answer: handleUnaryCall<Buffer, Buffer> =
  next === undefined ? ({ request }, respond) => respond(null, request) : relay(new PlainClient(next));

const server = new Server();
server.addService(ECHO_SERVICE, { call: answer });
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${JSON.stringify({ event: "ready", grpc: `127.0.0.1:${port}` })}\n`);
});
leaveWithParent();

function relay(client: PlainClient): handleUnaryCall<Buffer, Buffer> {
  return ({ request }, respond) => {
    client.call(ECHO_PATH, request).then(
      (bytes) => respond(null, bytes),
      (error: ServiceError) => respond(error),
    );
  };
}
