import { formatInteger, shellPath, wrapText } from "../format.ts";
import { silentLogger } from "../log.ts";
import { fixed } from "../page/numbers.ts";
import { firstAndLastTenth, tenthText } from "../page/run-charts.ts";
import { trainingVerdict } from "../report/training-verdict.ts";
import { runFolder } from "../run/folder.ts";
import { readStepLog } from "../run/records.ts";
import type { RunPlan, TrainResult } from "../train/train.ts";
import { terminalWidth } from "./output.ts";

/** Column at which values begin. */
const VALUES_AT = 16;

/** Returns the row that says which checkpoint held-out dialogues chose, and why. */
function bestRows({ selection }: TrainResult): [name: string, value: string][] {
  if (selection === undefined) return [];
  const { checkpoint, reason } = selection;
  return [["best", checkpoint === null ? reason : `${checkpoint}   (${reason})`]];
}

/** Returns the commands that make sense after the run. */
function nextSteps({ outputDir, steps, selection }: TrainResult, { totalSteps, heldOut }: RunPlan): string[] {
  const progress = `step ${formatInteger(steps)} of ${formatInteger(totalSteps)}`;
  const run = shellPath(outputDir);
  // Without the option, the newest checkpoint is evaluated.
  const best = selection?.best?.step ?? steps;
  const chosen = best === steps ? "" : ` --checkpoint ${best}`;
  const lines = [
    ...(steps < totalSteps ? [`npx dialogue-ppo train --resume ${run}   (continues at ${progress})`] : []),
    ...(heldOut > 0
      ? [`npx dialogue-ppo evaluate --run ${run}${chosen}   (held-out dialogues, before and after)`]
      : []),
    `npx dialogue-ppo report ${run}   (a page with curves and samples)`,
  ];
  return lines.map((line, index) => `${index === 0 ? "next: " : "      "}${line}`);
}

/**
 * Returns the lines that are printed after training: the changes of the main metrics, the checkpoint, the verdict and
 * the next commands. The metrics come from the log of the whole run, including the steps before a resume.
 *
 * @param width most characters in a line
 */
export function runSummary(
  result: TrainResult,
  plan: RunPlan,
  width = terminalWidth(process.stderr),
): string[] {
  // Training has warned of damaged lines.
  const steps = readStepLog(runFolder(result.outputDir).log, silentLogger);
  const tenths = (name: string) => firstAndLastTenth(steps, name);
  const format = (values: readonly (number | null)[], decimals: number): string =>
    (steps.length > 1 ? values : values.slice(-1)).map((value) => fixed(value, decimals)).join(" -> ");
  const kl = tenths("objective/kl");
  const belowZero = kl.some((value) => Number(value?.toFixed(3)) < 0);
  const comparison = steps.length > 1 ? `; first and last ${tenthText(steps)}` : "";
  const rows: [name: string, value: string][] = [
    ["steps done", formatInteger(result.steps)],
    ["reward", `${format(tenths("env/reward_mean"), 3)}   (child minus teacher score${comparison})`],
    [
      "KL",
      `${format(kl, 3)}   (to the child before training, in nats per turn${comparison}` +
        `${belowZero ? "; estimated from few turns, which can give less than 0" : ""})`,
    ],
    ["words per turn", format(tenths("dppo/child_words_mean"), 1)],
    ["checkpoint", result.checkpoint],
    ...bestRows(result),
  ];
  const indent = " ".repeat(VALUES_AT);
  return [
    "",
    ...rows.flatMap(([name, value]) => wrapText(`${name.padEnd(VALUES_AT - 1)} ${value}`, width, indent)),
    ...wrapText(`verdict: ${trainingVerdict(steps)}`, width, "  "),
    "",
    ...nextSteps(result, plan),
  ];
}
