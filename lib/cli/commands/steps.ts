import type { CommandModule } from "yargs";
import { formatCount } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import { loadConfig, type RunArguments, withOptions } from "../options.ts";
import { formatInteger, printJson } from "../output.ts";

/** The `steps` command, which counts the dialogues and steps of a run. */
export const stepsCommand: CommandModule<object, RunArguments> = {
  command: "steps",
  describe: "Count dialogues, steps per epoch, steps in all and steps between checkpoints.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS.steps),
  handler: async (args) => {
    const { config } = await loadConfig(args);
    const { countConfigSteps } = await import("../../train/steps.ts");
    const { terminalLogger } = await import("../log.ts");
    const { file, training, warnings, ...count } = await countConfigSteps(config);
    if (args.json) {
      printJson({ type: "result", ...count, warnings });
      return;
    }
    const dropped = Object.entries(count.dropped).map(
      ([reason, rows]) => `${formatInteger(rows)} with ${reason}`,
    );
    const rows = [
      `dialogues            ${formatInteger(count.dialogues)}${dropped.length > 0 ? `  (left out: ${dropped.join(", ")})` : ""}`,
      `steps an epoch       ${formatInteger(count.stepsPerEpoch)}`,
      `steps in all         ${formatInteger(count.totalSteps)}`,
      `checkpoint every     ${formatCount(count.checkpointInterval, "step")}`,
    ];
    process.stdout.write(`${rows.join("\n")}\n`);
    for (const warning of warnings) terminalLogger.warn(`${file}: ${warning}`);
    if (training < config.batchSize) {
      terminalLogger.warn(
        `${formatCount(training, "dialogue")} to train on: fewer than a batch of ${config.batchSize}, which train refuses`,
      );
    }
  },
};
