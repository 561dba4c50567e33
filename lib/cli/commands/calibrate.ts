import type { Argv, CommandModule } from "yargs";
import { terminalLogger } from "../log.ts";
import { emit, say, thousands } from "../output.ts";
import { ProgressBar } from "../progress.ts";
import { configOf, type RunArguments, withRunOptions } from "../train-flags.ts";

const OPTIONS = [
  "data",
  "textColumn",
  "minWords",
  "maxWords",
  "promptTurns",
  "evalFraction",
  "seed",
  "spaces",
  "taacoLists",
  "scorePreset",
  "indexMode",
  "scoredText",
];

interface CalibrateArguments extends RunArguments {
  readonly output: string;
}

function builder(argv: Argv): Argv<CalibrateArguments> {
  return withRunOptions(argv, OPTIONS).option("output", {
    type: "string",
    requiresArg: true,
    default: "calibration.json",
    describe: "file to write",
    group: "Run:",
  }) as unknown as Argv<CalibrateArguments>;
}

/** Measures what z-scores are taken against; without --score-preset for every preset that needs it. */
export const calibrateCommand: CommandModule<object, CalibrateArguments> = {
  command: "calibrate",
  describe: "measure means and deviations of the indices on a corpus, for train and score",
  builder,
  handler: async (args) => {
    const { config, origins } = await configOf(args);
    const { writeCalibration } = await import("../../reward/calibration-file.ts");
    const { calibrationMaterial, presetsToMeasure } = await import("../../train/calibration.ts");
    const { makeCalibration } = await import("../../train/scoring.ts");
    const presets = presetsToMeasure(origins.scorePreset === "default" ? undefined : config.scorePreset);
    const material = await calibrationMaterial(config);
    const abort = new AbortController();
    const onInterrupt = (): void => abort.abort(new Error("interrupted"));
    process.once("SIGINT", onInterrupt).once("SIGTERM", onInterrupt);
    let bar: ProgressBar | undefined;
    const onProgress = (done: number, total: number): void => {
      bar ??= new ProgressBar({ description: "calibrate", total });
      bar.update(done);
    };
    try {
      const parts = { ...material, log: terminalLogger, signal: abort.signal, onProgress };
      const calibration = await makeCalibration(parts, presets);
      bar?.finish();
      await writeCalibration(args.output, calibration);
      const { dialogues } = calibration.corpus;
      const bands = Math.max(calibration.text.bands.length, calibration.turn.bands.length);
      say(`${args.output}: ${thousands(dialogues)} dialogues in up to ${bands} bands of length`);
      if (args.json) emit({ type: "result", output: args.output, dialogues });
    } finally {
      bar?.finish();
      process.off("SIGINT", onInterrupt).off("SIGTERM", onInterrupt);
    }
  },
};
