import { Kind } from "../../../common/batch/kinds.ts";
import { SessionTokenSigner } from "../../../common/tokens/session-token.ts";
import { type FollowerReadResult, ReadGate } from "../../../node/reads/read-gate.ts";
import type { ServingNode } from "../../../node/runtime/serving-node.ts";
import { ShardHosts } from "../../../node/runtime/shard-hosts.ts";
import type { FakeFollower } from "../shard/fake-follower.ts";
import { namedToken } from "../shard/named-tokens.ts";
import { HostedShard } from "./hosted-shard.ts";
import { regionOf } from "./test-replica.ts";

/** A node that leads one shard with issuer X, as its services see it; disk and peer finish by themselves. */
export class ServingShard {
  readonly shard: HostedShard;
  readonly peer: FakeFollower;
  readonly node: ServingNode;
  readonly followerReads: FollowerReadResult[] = [];
  #isRunning = true;

  private constructor(shard: HostedShard, peer: FakeFollower) {
    this.shard = shard;
    this.peer = peer;
    const hosts = new ShardHosts();
    hosts.add(shard.host);
    const sessions = new SessionTokenSigner(new Uint8Array(32).fill(3));
    this.node = {
      answerer: { nodeId: "a", region: "madrid", regionOf },
      hosts,
      followers: { accept: () => ({ onMessage() {}, onEnd() {}, onClose() {} }) },
      sessions,
      gate: new ReadGate(sessions, (result) => this.followerReads.push(result)),
      clock: shard.time,
      tokenRetentionMs: 30 * 86_400_000,
    };
  }

  /** Leads, registers X with a limit of 1000, and keeps disk and peer going until the test ends. */
  static async start(t: { teardown(callback: () => void): void }): Promise<ServingShard> {
    const shard = new HostedShard();
    const serving = new ServingShard(shard, await shard.lead());
    const token = namedToken("register X");
    const registration = {
      kind: Kind.REGISTER_ISSUER,
      token,
      issuerId: "X",
      amountMinor: 1_000,
      currency: "EUR",
    };
    shard.submit([registration], { kindMax: Kind.TOKEN_FENCE });
    await shard.settle(serving.peer);
    void serving.#run();
    t.teardown(() => {
      serving.#isRunning = false;
    });
    return serving;
  }

  /** Stops disk and peer, so that nothing commits. */
  stall(): void {
    this.#isRunning = false;
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      await this.shard.settle(this.peer);
      for (const ship of this.shard.shipping) ship();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
