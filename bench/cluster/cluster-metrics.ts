import type { ClusterWatch } from "./cluster-watch.ts";

const MICROS_PER_SECOND = 1e6;

/**
 * What a load cost: processor time per operation of every process and of all together, memory of
 * the largest node, lag of the remote copies.
 */
export function clusterMetrics(watch: ClusterWatch, operations: number): Record<string, number> {
  const metrics: Record<string, number> = {};
  let allMicros = 0;
  let nodeRssBytesMax = 0;
  for (const [name, { cpuSeconds, rssBytesMax }] of watch.processes) {
    const micros = (cpuSeconds * MICROS_PER_SECOND) / operations;
    metrics[`${camelCase(name)}CpuMicros`] = micros;
    allMicros += micros;
    if (isNode(name)) nodeRssBytesMax = Math.max(nodeRssBytesMax, rssBytesMax);
  }
  const { remoteLagMsMax, refusals: refusalsSeen } = watch;
  return { cpuMicros: allMicros, nodeRssBytesMax, remoteLagMsMax, refusalsSeen, ...metrics };
}

/** Nodes are numbered within their region, other processes are not. */
function isNode(name: string): boolean {
  return /-\d+$/.test(name);
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
