import type { Argv, CommandModule } from "yargs";
import type { TrainConfig } from "../../options/train-config.ts";
import type { EvaluationRecord } from "../../run/evaluation.ts";
import type { Compared } from "../evaluation.ts";
import { emit, say } from "../output.ts";
import { configSources, type RunArguments, SPEAKER_OPTIONS, withRunOptions } from "../train-flags.ts";

const OPTIONS = [
  ...SPEAKER_OPTIONS,
  "data",
  "textColumn",
  "minWords",
  "maxWords",
  "promptTurns",
  "longPrompts",
  "evalFraction",
  "teacherSamples",
  "scorePreset",
  "indexMode",
  "scoredText",
  "calibration",
  "spaces",
  "taacoLists",
];

type EvaluateArguments = RunArguments & {
  readonly run?: string | undefined;
  readonly checkpoint?: number | undefined;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  readonly output?: string | undefined;
  readonly "samples-per-prompt": number;
  readonly rows?: number | undefined;
};

const OWN = {
  run: {
    type: "string",
    requiresArg: true,
    describe: "run folder: its child before training and at a checkpoint",
  },
  checkpoint: { type: "number", requiresArg: true, describe: "step of the checkpoint; default: the newest" },
  before: {
    type: "string",
    requiresArg: true,
    describe: "model before, when it is no run that is evaluated",
  },
  after: { type: "string", requiresArg: true, describe: "model after" },
  "samples-per-prompt": {
    type: "number",
    requiresArg: true,
    default: 4,
    describe: "turns of each child a dialogue",
  },
  rows: {
    type: "number",
    requiresArg: true,
    describe: "turns generated at once; default: 256 for small models, 64 for large ones",
  },
  output: {
    type: "string",
    requiresArg: true,
    describe: "folder for evaluation.json and report.html; default: the run folder, else evaluation",
  },
} as const;

/** Compares a child before and after training on held-out dialogues. */
export const evaluateCommand: CommandModule<object, EvaluateArguments> = {
  command: "evaluate",
  describe: "compare a child before and after training on held-out dialogues",
  builder: (argv) => withRunOptions(argv, OPTIONS).options(OWN) as unknown as Argv<EvaluateArguments>,
  handler: runEvaluation,
};

async function runEvaluation(args: EvaluateArguments): Promise<void> {
  const { config, compared } = await planned(args);
  const { terminalLogger } = await import("../log.ts");
  const { openEvaluation } = await import("../evaluation.ts");
  const { evaluate } = await import("../../evaluate/evaluate.ts");
  const { ProgressBar } = await import("../progress.ts");
  const { options, setting } = await openEvaluation(compared, config, terminalLogger);
  let [phase, bar]: [string, InstanceType<typeof ProgressBar> | undefined] = ["", undefined];
  const onProgress = (name: string, done: number, total: number): void => {
    if (name !== phase) {
      bar?.finish();
      [phase, bar] = [name, new ProgressBar({ description: name, total })];
    }
    bar?.update(done);
  };
  const settings = { samplesPerPrompt: args["samples-per-prompt"], rows: args.rows, onProgress };
  const { record, failures } = await evaluate({ ...options, ...settings }).finally(() => bar?.finish());
  for (const [reason, count] of Object.entries(failures))
    terminalLogger.warn(`${count} turns have no score: ${reason}`);
  const report = await writeResults({ ...record, setting }, compared, args.output);
  if (args.json) {
    const { best: _best, worst: _worst, ...figures } = record;
    emit({ type: "result", ...figures, report });
  } else {
    const { evaluationLines } = await import("../../evaluate/text-table.ts");
    process.stdout.write(`${evaluationLines(record).join("\n")}\n`);
    say(`\nreport: ${report}`);
  }
}

/** Reads and checks what was asked for. */
async function planned(args: EvaluateArguments): Promise<{ config: TrainConfig; compared: Compared }> {
  const { DialoguePpoError } = await import("../../errors.ts");
  const { resolveConfig } = await import("../../options/resolve.ts");
  const { locateRun } = await import("../participants.ts");
  const { run, before, after, checkpoint } = args;
  const refuse = (message: string): never => {
    throw new DialoguePpoError("ERR_CONFIG", message);
  };
  for (const name of ["samples-per-prompt", "rows"] as const) {
    const value = args[name];
    if (value !== undefined && (!Number.isInteger(value) || value < 1))
      refuse(`--${name}: expected a whole number of at least 1, got ${value}`);
  }
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
  return { config: resolveConfig(sources).config, compared: { before, after } };
}

async function writeResults(record: EvaluationRecord, compared: Compared, output?: string): Promise<string> {
  const path = await import("node:path");
  const { mkdirSync } = await import("node:fs");
  const { writeFileAtomic } = await import("../../run/atomic.ts");
  const { evaluationFile, readRun } = await import("../../report/read-run.ts");
  const { reportHtml } = await import("../../report/html.ts");
  const folder = path.resolve(output ?? ("run" in compared ? compared.run.root : "evaluation"));
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
