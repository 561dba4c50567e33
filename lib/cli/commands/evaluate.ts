import type { CommandModule } from "yargs";
import { formatCount } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import type { OptionValues } from "../../options/option.ts";
import type { TrainConfig } from "../../options/train-config.ts";
import type { EvaluationRecord } from "../../run/evaluation.ts";
import type { Compared } from "../held-out.ts";
import { interruptible } from "../interrupt.ts";
import { configSources, ownOptions, type RunArguments, withOptions } from "../options.ts";
import { emit, say } from "../output.ts";

const { own: OWN } = COMMANDS.evaluate;

type OwnOptions = OptionValues<typeof OWN>;

/** Compares a child before and after training on held-out dialogues. */
export const evaluateCommand: CommandModule<object, RunArguments> = {
  command: "evaluate",
  describe: "Compare a child before and after training on held-out dialogues.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS.evaluate),
  handler: runEvaluation,
};

async function runEvaluation(args: RunArguments): Promise<void> {
  const own = ownOptions(args, OWN);
  const { config, compared } = await planned(args, own);
  const folder = own.output ?? ("run" in compared ? compared.run.root : "evaluation");
  await refuseOther(folder, compared);
  const record = await interruptible((signal) => measured(compared, config, own, signal));
  const report = await writeResults(record, compared, folder);
  if (args.json) {
    const { best: _best, worst: _worst, setting: _setting, ...figures } = record;
    emit({ type: "result", ...figures, report });
  } else {
    const { evaluationLines } = await import("../../evaluate/text-table.ts");
    process.stdout.write(`${evaluationLines(record).join("\n")}\n`);
    say(`\nreport: ${report}`);
  }
}

/** Draws and measures the turns, with a bar for each phase. */
async function measured(
  compared: Compared,
  config: TrainConfig,
  { samplesPerPrompt, rows }: OwnOptions,
  signal: AbortSignal,
): Promise<EvaluationRecord> {
  const { terminalLogger } = await import("../log.ts");
  const { openEvaluation } = await import("../evaluation.ts");
  const { evaluate } = await import("../../evaluate/evaluate.ts");
  const { ProgressBar } = await import("../progress.ts");
  const { options, setting } = await openEvaluation(compared, config, terminalLogger, signal);
  let [phase, bar]: [string, InstanceType<typeof ProgressBar> | undefined] = ["", undefined];
  const onProgress = (name: string, done: number, total: number): void => {
    if (name !== phase) {
      bar?.finish();
      [phase, bar] = [name, new ProgressBar({ description: name, total })];
    }
    bar?.update(done);
  };
  const settings = { samplesPerPrompt, rows, onProgress, signal };
  const { record, failures } = await evaluate({ ...options, ...settings }).finally(() => bar?.finish());
  for (const [reason, count] of Object.entries(failures)) {
    terminalLogger.warn(`no score for ${formatCount(count, "turn")}: ${reason}`);
  }
  return { ...record, setting };
}

/** Reads and checks what was asked for. */
async function planned(
  args: RunArguments,
  { run, before, after, checkpoint }: OwnOptions,
): Promise<{ config: TrainConfig; compared: Compared }> {
  const { DialoguePpoError } = await import("../../errors.ts");
  const { resolveConfig } = await import("../../options/resolve.ts");
  const { locateRun } = await import("../participants.ts");
  const refuse = (message: string): never => {
    throw new DialoguePpoError("ERR_CONFIG", message);
  };
  const sources = await configSources(args);
  if (run !== undefined) {
    if (before !== undefined || after !== undefined)
      refuse("--run is given together with --before or --after");
    const located = locateRun(run, checkpoint);
    return {
      config: resolveConfig({ ...sources, checkpoint: located.config }).config,
      compared: { run: located },
    };
  }
  if (before === undefined || after === undefined)
    return refuse("expected --run DIR, or --before DIR and --after DIR");
  const { config, origins } = resolveConfig(sources);
  const splitGiven = !["preset", "default"].includes(origins.evalFraction ?? "default");
  return { config, compared: { before, after, splitGiven } };
}

/** Refuses a folder with the evaluation of other models, before the work is done. */
async function refuseOther(folder: string, compared: Compared): Promise<void> {
  if ("run" in compared) return;
  const { existsSync } = await import("node:fs");
  const { evaluationFile } = await import("../../report/read-run.ts");
  const { readRunJson } = await import("../../run/folder.ts");
  const file = evaluationFile(folder);
  if (!existsSync(file)) return;
  const { setting: { before, after } = {} } = readRunJson<EvaluationRecord>(file);
  if (before === compared.before && after === compared.after) return;
  const { DialoguePpoError } = await import("../../errors.ts");
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `${file} is the evaluation of ${before} and ${after}; expected another --output`,
  );
}

async function writeResults(record: EvaluationRecord, compared: Compared, output: string): Promise<string> {
  const path = await import("node:path");
  const { mkdirSync } = await import("node:fs");
  const { writeFileAtomic } = await import("../../run/atomic.ts");
  const { evaluationFile, readRun } = await import("../../report/read-run.ts");
  const { reportHtml } = await import("../../report/html.ts");
  const folder = path.resolve(output);
  mkdirSync(folder, { recursive: true });
  writeFileAtomic(evaluationFile(folder), `${JSON.stringify(record, null, 2)}\n`);
  const run =
    "run" in compared
      ? readRun(compared.run.root)
      : {
          name: `${compared.before} → ${compared.after}`,
          config: record.setting ?? {},
          steps: [],
          samples: [],
        };
  const file = path.join(folder, "report.html");
  writeFileAtomic(file, reportHtml({ ...run, evaluation: record }));
  return file;
}
