import { Client, credentials } from "@grpc/grpc-js";
import { rawBytes } from "../../common/rpc/service-definition.ts";

/** How long a call may take, milliseconds: as long as the SDK gives its own. */
const DEADLINE_MS = 5_000;

/** The gRPC library's client with nothing of ours around it, as any user's stub would call it. */
export class PlainClient {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure());
  }

  /** Makes one unary call with ready bytes. Rejects with the library's own error. */
  call(path: string, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + DEADLINE_MS };
      this.#client.makeUnaryRequest<Buffer, Buffer>(
        path,
        rawBytes,
        rawBytes,
        request,
        options,
        (error, answer) => {
          if (answer === undefined) reject(error ?? new Error("an answer without a message"));
          else resolve(answer);
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}
