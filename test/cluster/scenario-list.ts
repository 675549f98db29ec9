import type { Scenario } from "./scenario.ts";
import { coordinatorKilled } from "./scenarios/coordinator-killed.ts";
import { divergentTail } from "./scenarios/divergent-tail.ts";
import { foreignDataRefused } from "./scenarios/foreign-data-refused.ts";
import { homeRegionKilled } from "./scenarios/home-region-killed.ts";
import { leaderKilled } from "./scenarios/leader-killed.ts";
import { leaderStopped } from "./scenarios/leader-stopped.ts";
import { metadataKilled } from "./scenarios/metadata-killed.ts";
import { regionsCut } from "./scenarios/regions-cut.ts";
import { remoteKilled } from "./scenarios/remote-killed.ts";
import { routerKilled } from "./scenarios/router-killed.ts";
import { secondProcessRefused } from "./scenarios/second-process-refused.ts";
import { switchover } from "./scenarios/switchover.ts";
import { syncPeerKilled } from "./scenarios/sync-peer-killed.ts";
import { syncPeerStopped } from "./scenarios/sync-peer-stopped.ts";
import { wholeClusterKilled } from "./scenarios/whole-cluster-killed.ts";

/** A shard's leader and its synchronous peer. */
export const HOME_SCENARIOS: readonly Scenario[] = [
  leaderKilled,
  leaderStopped,
  divergentTail,
  syncPeerKilled,
  syncPeerStopped,
  homeRegionKilled,
  switchover,
];

/** Everything around them. */
export const SURROUNDING_SCENARIOS: readonly Scenario[] = [
  remoteKilled,
  regionsCut,
  metadataKilled,
  coordinatorKilled,
  routerKilled,
  wholeClusterKilled,
  foreignDataRefused,
  secondProcessRefused,
];

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [...HOME_SCENARIOS, ...SURROUNDING_SCENARIOS];
