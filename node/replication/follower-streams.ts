import { StoreError } from "../../common/errors/store-error.ts";
import type { BidiHandler } from "../../common/rpc/handlers.ts";
import type {
  ReplicateRequest,
  ReplicateResponse,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import type { SendAnswer, SendFrames } from "../shard/events.ts";
import { type FollowerEnvironment, FollowerStream } from "./follower-stream.ts";

/** Streams that followers have open at this node, by session number. */
export class FollowerStreams {
  readonly #environment: FollowerEnvironment;
  readonly #streams = new Map<number, FollowerStream>();
  #lastSession = 0;

  constructor(environment: FollowerEnvironment) {
    this.#environment = environment;
  }

  /** Serves a stream that a follower opened. */
  readonly accept: BidiHandler<ReplicateRequest, ReplicateResponse> = (stream) => {
    const session = ++this.#lastSession;
    const follower = new FollowerStream(session, stream, this.#environment, () =>
      this.#streams.delete(session),
    );
    this.#streams.set(session, follower);
    return follower;
  };

  /** Sends frames or a heartbeat to the session the command names; dropped when it has ended. */
  sendFrames(shardId: number, command: SendFrames, sentMs: number): void {
    this.#streams.get(command.session)?.sendFrames(shardId, command, sentMs);
  }

  /** Answers a subscription of the session the command names; dropped when it has ended. */
  sendAnswer(shardId: number, command: SendAnswer): void {
    this.#streams.get(command.session)?.sendAnswer(shardId, command);
  }

  /** Called with every heartbeat, after the shards' own. */
  beat(): void {
    const nowMs = this.#environment.clock.monotonicMs();
    for (const stream of this.#streams.values()) stream.beat(nowMs);
  }

  /** Ends all streams. */
  close(): void {
    for (const stream of this.#streams.values()) stream.end(new StoreError("SHUTTING_DOWN"));
  }
}
