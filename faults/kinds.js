// All kinds of faults in the order of the page. Each has a name, a title, what is promised, and `run`.
import { clock } from "./kinds/clock.js";
import { damagedAtRandom, damagedRun } from "./kinds/damaged-run.js";
import { disk } from "./kinds/disk.js";
import { hostileData, hostileModels } from "./kinds/hostile-files.js";
import { hub } from "./kinds/hub.js";
import { killPretrain, killTrain } from "./kinds/kill.js";
import { limits } from "./kinds/limits.js";
import { rewards } from "./kinds/rewards.js";
import { signals } from "./kinds/signals.js";
import { trackers } from "./kinds/trackers.js";
import { twoRuns } from "./kinds/two-runs.js";

export const KINDS = [
  killTrain,
  killPretrain,
  signals,
  disk,
  limits,
  clock,
  twoRuns,
  rewards,
  trackers,
  hub,
  damagedRun,
  damagedAtRandom,
  hostileModels,
  hostileData,
];
