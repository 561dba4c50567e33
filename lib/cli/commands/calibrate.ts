import type { CommandModule } from "yargs";
import { formatCount } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import { interruptible } from "../interrupt.ts";
import { terminalLogger } from "../log.ts";
import { configSources, ownOptions, type RunArguments, withOptions } from "../options.ts";
import { printJson, printMessage } from "../output.ts";
import { corpusBars } from "../phase-bars.ts";

/** The `calibrate` command, which measures the means and deviations for z-scores. */
export const calibrateCommand: CommandModule<object, RunArguments> = {
  command: "calibrate",
  describe: "Measure means and standard deviations of the indices on a corpus, for train and score.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS.calibrate),
  handler: async (args) => {
    const { output } = ownOptions(args, COMMANDS.calibrate.own);
    const sources = await configSources(args);
    const { calibrateFrom } = await import("../../setup/calibrate.ts");
    const bars = corpusBars();
    const { dialogues, calibration } = await interruptible((signal) =>
      calibrateFrom(output, sources, { log: terminalLogger, signal, onProgress: bars.update }).finally(
        bars.end,
      ),
    );
    const bands = Math.max(calibration.text.bands.length, calibration.turn.bands.length);
    printMessage(
      `${output}: ${formatCount(dialogues, "dialogue")} in ${bands > 1 ? "up to " : ""}${formatCount(bands, "band")} of length`,
    );
    if (args.json) printJson({ type: "result", output, dialogues });
  },
};
