import type { Scenario } from "./scenario.ts";
import { foreignDataRefused } from "./scenarios/foreign-data-refused.ts";
import { homeRegionKilled } from "./scenarios/home-region-killed.ts";
import { leaderKilled } from "./scenarios/leader-killed.ts";
import { leaderStopped } from "./scenarios/leader-stopped.ts";
import { metadataKilled } from "./scenarios/metadata-killed.ts";
import { regionsCut } from "./scenarios/regions-cut.ts";
import { remoteKilled } from "./scenarios/remote-killed.ts";
import { routerKilled } from "./scenarios/router-killed.ts";
import { secondProcessRefused } from "./scenarios/second-process-refused.ts";
import { syncPeerKilled } from "./scenarios/sync-peer-killed.ts";
import { syncPeerStopped } from "./scenarios/sync-peer-stopped.ts";
import { wholeClusterKilled } from "./scenarios/whole-cluster-killed.ts";

/** Faults of the nodes that order and hold a shard's writes. */
export const HOME_SCENARIOS: readonly Scenario[] = [
  leaderKilled,
  leaderStopped,
  syncPeerKilled,
  syncPeerStopped,
  homeRegionKilled,
];

/** Faults of everything around them. */
export const SURROUNDING_SCENARIOS: readonly Scenario[] = [
  remoteKilled,
  regionsCut,
  metadataKilled,
  routerKilled,
];

/** All processes at once, and processes and data that do not belong. */
export const BELONGING_SCENARIOS: readonly Scenario[] = [
  wholeClusterKilled,
  foreignDataRefused,
  secondProcessRefused,
];

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  ...HOME_SCENARIOS,
  ...SURROUNDING_SCENARIOS,
  ...BELONGING_SCENARIOS,
];
