import type { CommandModule } from "yargs";
import { formatInteger } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import type { TrainStep } from "../../train/loop.ts";
import type { RunPlan, TrainResult } from "../../train/train.ts";
import { downloadBars } from "../download-bars.ts";
import { catchInterrupts } from "../interrupt.ts";
import { terminalLogger } from "../log.ts";
import { configSources, type RunArguments, resumeValue, withOptions } from "../options.ts";
import { printJson, printMessage } from "../output.ts";
import { corpusBars } from "../phase-bars.ts";
import { ProgressBar } from "../progress.ts";
import { sharedByRanks } from "../ranks.ts";

type TrainArguments = RunArguments & {
  readonly resume?: string | undefined;
  readonly verify?: boolean | undefined;
};

function progressMetrics({ stats }: TrainStep): Record<string, number> {
  const { "env/reward_mean": reward, "objective/kl": kl, "eval/reward_mean": heldOut } = stats;
  const evaluated = heldOut === undefined ? {} : { "held-out": heldOut ?? Number.NaN };
  return { reward: reward ?? Number.NaN, KL: kl ?? Number.NaN, ...evaluated };
}

/** Runs all steps. Updates the bar and, with `json`, prints each step. */
async function runSteps(
  steps: AsyncGenerator<TrainStep, TrainResult>,
  json: boolean,
  bar: () => ProgressBar | undefined,
): Promise<TrainResult> {
  // The reward of the last evaluation stays on the bar until the next one.
  let shown: Record<string, number> = {};
  for (;;) {
    const next = await steps.next();
    if (next.done) return next.value;
    const { samples: _samples, ...line } = next.value;
    if (json) printJson({ type: "step", ...line });
    shown = { ...shown, ...progressMetrics(next.value) };
    bar()?.update(line.step, shown);
  }
}

async function runTraining(args: TrainArguments): Promise<void> {
  const { trainFrom } = await import("../../train/train.ts");
  const { runSummary } = await import("../run-summary.ts");
  const interrupts = catchInterrupts();
  const downloads = downloadBars();
  const preparation = corpusBars();
  let bar: ProgressBar | undefined;
  let plan: RunPlan | undefined;
  const onStart = (started: RunPlan): void => {
    plan = started;
    preparation.end();
    interrupts.stepsStarted();
    const { done, totalSteps, lastStep, outputDir } = started;
    const limit = lastStep < totalSteps ? `, this time to step ${formatInteger(lastStep)}` : "";
    const from = done > 0 ? `from step ${formatInteger(done)} ` : "";
    terminalLogger.info(`training ${from}to step ${formatInteger(totalSteps)}${limit}, into ${outputDir}`);
    bar = new ProgressBar({ description: "train", total: lastStep, initial: done, unit: "step" });
  };
  try {
    const { stop, signal } = interrupts;
    const options = {
      stop,
      signal,
      log: terminalLogger,
      onStart,
      onDownload: downloads.update,
      onPrepare: preparation.update,
    };
    const sources = await configSources(args);
    const steps = trainFrom(sources, { resume: resumeValue(args), verify: args.verify }, options);
    const result = await runSteps(steps, args.json === true, () => bar);
    bar?.finish();
    if (args.json) printJson({ type: "result", ...result });
    else if (plan) for (const line of runSummary(result, plan)) printMessage(line);
    if (stop.aborted) process.exitCode = 130;
  } finally {
    downloads.end();
    preparation.end();
    bar?.finish();
    interrupts.release();
  }
}

/** The `train` command, which fine-tunes the child by PPO. */
export const trainCommand: CommandModule<object, TrainArguments> = {
  command: "train",
  describe: "Fine-tune the child by PPO. Without options: the starter models on the starter dialogues.",
  builder: (argv) => withOptions<TrainArguments>(argv, COMMANDS.train),
  handler: sharedByRanks(runTraining),
};
