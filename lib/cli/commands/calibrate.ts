import type { CommandModule } from "yargs";
import { formatCount } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import { interruptible } from "../interrupt.ts";
import { terminalLogger } from "../log.ts";
import { configOf, ownOptions, type RunArguments, withOptions } from "../options.ts";
import { emit, say } from "../output.ts";
import { ProgressBar } from "../progress.ts";

/** Measures what z-scores are taken against; without --score-preset for every preset that needs it. */
export const calibrateCommand: CommandModule<object, RunArguments> = {
  command: "calibrate",
  describe: "Measure means and deviations of the indices on a corpus, for train and score.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS.calibrate),
  handler: async (args) => {
    const { output } = ownOptions(args, COMMANDS.calibrate.own);
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
