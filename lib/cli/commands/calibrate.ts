import type { CommandModule } from "yargs";
import { formatCount } from "../../format.ts";
import type { OptionField } from "../../options/field.ts";
import { interruptible } from "../interrupt.ts";
import { terminalLogger } from "../log.ts";
import { emit, say } from "../output.ts";
import { ownOptions, text, withFields } from "../own-options.ts";
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

const OWN: readonly OptionField[] = [
  { ...text("output", "file to write"), group: "Run", default: "calibration.json" },
];

/** Measures what z-scores are taken against; without --score-preset for every preset that needs it. */
export const calibrateCommand: CommandModule<object, RunArguments> = {
  command: "calibrate",
  describe: "measure means and deviations of the indices on a corpus, for train and score",
  builder: (argv) => withRunOptions(withFields(argv, OWN), OPTIONS),
  handler: async (args) => {
    const { output } = await ownOptions<{ output: string }>(args, OWN);
    const { config, origins } = await configOf(args);
    const { writeCalibration } = await import("../../reward/calibration-file.ts");
    const { calibrationMaterial, presetsToMeasure } = await import("../../train/calibration.ts");
    const { makeCalibration } = await import("../../train/scoring.ts");
    const presets = presetsToMeasure(origins.scorePreset === "default" ? undefined : config.scorePreset);
    const material = await calibrationMaterial(config);
    let bar: ProgressBar | undefined;
    const onProgress = (done: number, total: number): void => {
      bar ??= new ProgressBar({ description: "calibrate", total });
      bar.update(done);
    };
    try {
      const calibration = await interruptible((signal) =>
        makeCalibration({ ...material, log: terminalLogger, signal, onProgress }, presets),
      );
      bar?.finish();
      await writeCalibration(output, calibration);
      const { dialogues } = calibration.corpus;
      const bands = Math.max(calibration.text.bands.length, calibration.turn.bands.length);
      say(
        `${output}: ${formatCount(dialogues, "dialogue")} in ${bands > 1 ? "up to " : ""}${formatCount(bands, "band")} of length`,
      );
      if (args.json) emit({ type: "result", output, dialogues });
    } finally {
      bar?.finish();
    }
  },
};
