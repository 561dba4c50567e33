import type { Argv, CommandModule } from "yargs";
import type { TrainStep } from "../../train/loop.ts";
import type { RunPlan, TrainResult } from "../../train/train.ts";
import { emit, say, thousands } from "../output.ts";
import type { ProgressBar } from "../progress.ts";
import { configSources, type RunArguments, withRunOptions } from "../train-flags.ts";

type TrainArguments = RunArguments & { readonly resume?: string | undefined };

function figures({ stats }: TrainStep): Record<string, number> {
  const { "env/reward_mean": reward, "objective/kl": kl } = stats;
  return { reward: reward ?? Number.NaN, KL: kl ?? Number.NaN };
}

/** What can be done with the run now. */
function nextSteps({ outputDir, steps }: TrainResult, { totalSteps, heldOut }: RunPlan): string[] {
  const rest = `step ${thousands(steps)} of ${thousands(totalSteps)}`;
  const lines = [
    ...(steps < totalSteps ? [`npx dialogue-ppo train --resume ${outputDir}   (goes on: ${rest})`] : []),
    ...(heldOut > 0
      ? [`npx dialogue-ppo evaluate --run ${outputDir}   (held-out dialogues, before and after)`]
      : []),
    `npx dialogue-ppo report ${outputDir}   (a page with curves and samples)`,
  ];
  return lines.map((line, index) => `${index === 0 ? "next: " : "      "}${line}`);
}

/** The end of a run in a few lines: what it learnt, where it lies, what to do next. */
function summary(result: TrainResult, steps: readonly TrainStep[], plan: RunPlan): string[] {
  const tenth = Math.max(1, Math.floor(steps.length / 10));
  const mean = (part: readonly TrainStep[], name: string): string => {
    const values = part.map(({ stats }) => stats[name]).filter((value) => typeof value === "number");
    const sum = values.reduce((total, value) => total + value, 0);
    return values.length === 0 ? "–" : (sum / values.length).toFixed(3);
  };
  const change = (name: string): string =>
    `${mean(steps.slice(0, tenth), name)} -> ${mean(steps.slice(-tenth), name)}`;
  return [
    "",
    `steps done      ${thousands(result.steps)}`,
    `reward          ${change("env/reward_mean")}   (child minus teacher score, first and last tenth)`,
    `KL              ${change("objective/kl")}   (nats a turn away from the child before training)`,
    `words a turn    ${change("dppo/child_words_mean")}`,
    `checkpoint      ${result.checkpoint}`,
    "",
    ...nextSteps(result, plan),
  ];
}

/** Runs the generator to its end, showing or printing each step. */
async function follow(
  steps: AsyncGenerator<TrainStep, TrainResult>,
  json: boolean,
  bar: () => ProgressBar | undefined,
): Promise<{ result: TrainResult; seen: TrainStep[] }> {
  const seen: TrainStep[] = [];
  for (;;) {
    const next = await steps.next();
    if (next.done) return { result: next.value, seen };
    const { samples: _samples, ...line } = next.value;
    seen.push({ ...next.value, samples: [] });
    if (json) emit({ type: "step", ...line });
    bar()?.update(line.step, figures(next.value));
  }
}

async function runTraining(args: TrainArguments): Promise<void> {
  const { trainFrom } = await import("../../train/train.ts");
  const { ProgressBar } = await import("../progress.ts");
  const { terminalLogger } = await import("../log.ts");
  const { catchInterrupts } = await import("../interrupt.ts");
  const { downloadBars } = await import("../download-bar.ts");
  const interrupts = catchInterrupts();
  const downloads = downloadBars();
  let bar: ProgressBar | undefined;
  let plan: RunPlan | undefined;
  const onStart = (started: RunPlan): void => {
    plan = started;
    interrupts.begun();
    const { done, totalSteps, lastStep, outputDir } = started;
    const part = lastStep < totalSteps ? `, this time to step ${thousands(lastStep)}` : "";
    const from = done > 0 ? `from step ${thousands(done)} ` : "";
    terminalLogger.info(`training ${from}to step ${thousands(totalSteps)}${part}, into ${outputDir}`);
    bar = new ProgressBar({ description: "train", total: lastStep, initial: done, unit: "step" });
  };
  try {
    const { stop, signal } = interrupts;
    const options = { stop, signal, log: terminalLogger, onStart, onDownload: downloads.show };
    const steps = trainFrom(await configSources(args), args.resume, options);
    const { result, seen } = await follow(steps, args.json === true, () => bar);
    bar?.finish();
    if (args.json) emit({ type: "result", ...result });
    else if (plan) for (const line of summary(result, seen, plan)) say(line);
    if (stop.aborted) process.exitCode = 130;
  } finally {
    downloads.end();
    bar?.finish();
    interrupts.release();
  }
}

/** The main job. */
export const trainCommand: CommandModule<object, TrainArguments> = {
  command: "train",
  describe: "fine-tune the child by PPO; with no options, the starter models on the starter dialogues",
  builder: (argv) =>
    withRunOptions(argv).option("resume", {
      type: "string",
      describe: "go on with a run or checkpoint folder; bare or auto: the newest checkpoint of --output-dir",
      group: "Run:",
    }) as unknown as Argv<TrainArguments>,
  handler: runTraining,
};
