import type { ShardConfig } from "./configuration.ts";
import { type NodeRecord, shareZone } from "./node-record.ts";
import { invalid, type Refusal } from "./refusal.ts";

/**
 * Checks what every configuration must satisfy, whoever made it.
 * @returns the first rule it breaks, with the field at fault; undefined when it is sound
 */
export function brokenRule(config: ShardConfig, nodes: ReadonlyMap<string, NodeRecord>): Refusal | undefined {
  return brokenMembership(config, nodes) ?? brokenZones(config, nodes) ?? brokenRemote(config, nodes);
}

function brokenMembership(config: ShardConfig, nodes: ReadonlyMap<string, NodeRecord>): Refusal | undefined {
  const { leader, ackSet, remote, replicas } = config;
  const stranger = replicas.find((nodeId) => !nodes.has(nodeId));
  if (stranger !== undefined) return invalid("config.replicas", `${stranger} is not a registered node`);
  if (new Set(replicas).size !== replicas.length) return invalid("config.replicas", "names a node twice");
  if (!ackSet.includes(leader)) return invalid("config.ack_set", "does not contain the leader");
  if (new Set(ackSet).size !== ackSet.length) return invalid("config.ack_set", "names a node twice");
  if (ackSet.length < 2) return invalid("config.ack_set", "an acknowledged record needs two copies");
  const outsider = [...ackSet, remote].find((nodeId) => !replicas.includes(nodeId));
  if (outsider !== undefined) return invalid("config.replicas", `does not contain "${outsider}"`);
  return undefined;
}

function brokenZones({ ackSet }: ShardConfig, nodes: ReadonlyMap<string, NodeRecord>): Refusal | undefined {
  const members = ackSet.map((nodeId) => nodes.get(nodeId) as NodeRecord);
  for (const [i, member] of members.entries()) {
    const neighbour = members.slice(i + 1).find((other) => shareZone(other, member));
    if (neighbour !== undefined) {
      const zone = `${member.region}/${member.zone}`;
      return invalid("config.ack_set", `${member.nodeId} and ${neighbour.nodeId} share zone ${zone}`);
    }
  }
  return undefined;
}

function brokenRemote(config: ShardConfig, nodes: ReadonlyMap<string, NodeRecord>): Refusal | undefined {
  const leader = nodes.get(config.leader) as NodeRecord;
  const remote = nodes.get(config.remote) as NodeRecord;
  if (leader.region !== remote.region) return undefined;
  return invalid("config.remote", `${remote.nodeId} stands in ${remote.region} as the leader does`);
}
