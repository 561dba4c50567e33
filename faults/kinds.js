// All kinds of faults in the order of the page. Each has a name, a title, what is promised, and `run`.
import { clock } from "./kinds/clock.js";
import { killPretrain, killTrain } from "./kinds/kill.js";
import { signals } from "./kinds/signals.js";
import { twoRuns } from "./kinds/two-runs.js";

export const KINDS = [killTrain, killPretrain, signals, twoRuns, clock];
