import { setTimeout as sleep } from "node:timers/promises";
import type { Reason } from "../../../common/errors/catalog.ts";
import { newToken } from "../../../client/index.ts";
import { AdminService } from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { type FlagChanges, Intruder } from "../../support/cluster/intruder.ts";
import { cutRegions, healRegions } from "../../support/cluster/wan-faults.ts";
import { type RawAnswer, RawClient } from "../../support/raw-client.ts";
import type { WireStatus } from "../../support/wire-status.ts";
import { refusalOf } from "../call-status.ts";
import { type ContractCluster, ISSUER_ID } from "../contract-cluster.ts";
import type { ErrorCase } from "./error-case.ts";

const { reserve, reserveStream, getExposure } = ReservationService.method;

const ASK_MS_MAX = 20_000;
const PAUSE_MS = 50;

/** Errors of a cluster that misses something. Every case leaves it whole. */
export function faultCases(contract: ContractCluster): ErrorCase[] {
  const { cluster, shard } = contract;
  const { processes } = cluster;
  const reserveWithin = (deadlineMs: number, client = contract.router) =>
    client.call(reserve, fresh(), { deadlineMs });
  return [
    {
      reason: "OVERLOADED",
      when: "a router has as much in progress as it may",
      provoke: () => overload(contract),
    },
    {
      reason: "COMMIT_OUTCOME_UNKNOWN",
      when: "the synchronous peer stands still while a write is in flight",
      provoke: async () => {
        await processes.signal(shard.syncPeer, "SIGSTOP");
        try {
          return await refusalOf(reserveWithin(1_000));
        } finally {
          await processes.signal(shard.syncPeer, "SIGCONT");
          await cluster.awaitWritable();
        }
      },
    },
    {
      reason: "POSITION_NOT_REACHED",
      when: "a replica is asked for a write that has not reached it",
      provoke: async () => {
        await cutRegions(cluster);
        try {
          const { sessionToken } = await contract.reserve();
          const consistency = { contract: { case: "session", value: { sessionToken } } } as const;
          return await refusalOf(
            contract.client(shard.remote).call(getExposure, { issuerId: ISSUER_ID, consistency }),
          );
        } finally {
          await healRegions(cluster);
        }
      },
    },
    {
      reason: "RPO_GATE_CLOSED",
      when: "the remote region has proved nothing for too long",
      provoke: async () => {
        await cutRegions(cluster);
        try {
          return await untilRefused("RPO_GATE_CLOSED", () => reserveWithin(1_000));
        } finally {
          await healRegions(cluster);
          await cluster.awaitWritable();
        }
      },
    },
    {
      reason: "METADATA_UNAVAILABLE",
      when: "the metadata service is gone and somebody asks for it",
      provoke: async () => {
        await processes.kill("metadata");
        try {
          return await refusalOf(contract.router.call(AdminService.method.listShards, {}));
        } finally {
          await processes.restart("metadata");
          await cluster.awaitWritable();
        }
      },
    },
    {
      reason: "SYNC_PEER_UNAVAILABLE",
      when: "the synchronous peer is gone",
      provoke: async () => {
        await processes.kill(shard.syncPeer);
        try {
          return await untilRefused("SYNC_PEER_UNAVAILABLE", () => reserveWithin(1_000));
        } finally {
          await processes.restart(shard.syncPeer);
          await cluster.awaitWritable();
        }
      },
    },
    {
      reason: "LEADER_UNREACHABLE",
      when: "the leader is gone",
      provoke: async () => {
        await processes.kill(shard.leader);
        try {
          return await untilRefused("LEADER_UNREACHABLE", () => reserveWithin(1_000));
        } finally {
          await processes.restart(shard.leader);
          await cluster.awaitWritable();
        }
      },
    },
    {
      reason: "SHARD_FROZEN",
      when: "a node is asked before it has joined its cluster",
      provoke: async () => {
        await Promise.all([processes.kill("metadata"), processes.kill(shard.syncPeer)]);
        const boot = processes.restart(shard.syncPeer);
        try {
          const client = contract.client(shard.syncPeer);
          return await untilRefused("SHARD_FROZEN", () => reserveWithin(1_000, client));
        } finally {
          await processes.restart("metadata");
          await boot;
          await cluster.awaitWritable();
        }
      },
    },
    {
      reason: "SHUTTING_DOWN",
      when: "a router leaves while a stream to it is open",
      provoke: () => leaveWithOpenStream(contract),
    },
  ];
}

/** Fills a router that takes one mutation at a time with one that has to cross the WAN. */
async function overload(contract: ContractCluster): Promise<WireStatus> {
  const flags = { "--open-rows-max": "1" };
  const [router, client] = await openRouter(contract, "router-new-york", flags);
  try {
    const [first, second] = await Promise.all([1, 2].map(() => client.call(reserve, fresh())));
    const refused = first.ok ? second : first;
    if (refused.ok) throw new Error("both mutations were taken");
    return refused.status;
  } finally {
    client.close();
    await router.kill();
  }
}

/** How a stream ends whose router leaves. */
async function leaveWithOpenStream(contract: ContractCluster): Promise<WireStatus> {
  const [router, client] = await openRouter(contract, "router-madrid", {});
  const stream = client.open(reserveStream);
  stream.send({ batchId: 1n, encoding: { case: "packed", value: {} } });
  await stream.next();
  await router.leave();
  client.close();
  return stream.closed;
}

/** Starts another router like one of the cluster's. */
async function openRouter(
  { cluster }: ContractCluster,
  name: string,
  flags: FlagChanges,
): Promise<readonly [Intruder, RawClient]> {
  const router = await Intruder.start(cluster, name, { "--router-id": "another-router", ...flags });
  return [router, new RawClient(router.address)];
}

/**
 * Asks until the refusal is the one that lasts: right after something has broken, what was under way
 * may still succeed, or end in other ways.
 */
async function untilRefused(reason: Reason, ask: () => Promise<RawAnswer<unknown>>): Promise<WireStatus> {
  const deadlineMs = performance.now() + ASK_MS_MAX;
  for (;;) {
    const answer = await ask();
    const isIt = !answer.ok && answer.status.info?.reason === reason;
    if (isIt || performance.now() >= deadlineMs) return refusalOf(Promise.resolve(answer));
    await sleep(PAUSE_MS);
  }
}

function fresh() {
  return { reservationToken: newToken(), issuerId: ISSUER_ID, amountMinor: 1n };
}
