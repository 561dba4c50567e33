import type { CommandModule } from "yargs";
import { formatCount } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import { configOf, type RunArguments, withOptions } from "../options.ts";
import { emit, thousands } from "../output.ts";

/** Says how long a run on some data would be. */
export const stepsCommand: CommandModule<object, RunArguments> = {
  command: "steps",
  describe: "Count dialogues, steps per epoch, steps in all and steps between checkpoints.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS.steps),
  handler: async (args) => {
    const { config } = await configOf(args);
    const { trainingData } = await import("../../train/data.ts");
    const { terminalLogger } = await import("../log.ts");
    const { countSteps } = await import("../../data/order.ts");
    const { file, train, evaluation, dropped, doubts } = await trainingData(config);
    // Held-out dialogues pass the length filter too, but no step trains on them.
    const count = { ...countSteps(train.length, config), dialogues: train.length + evaluation.length };
    if (args.json) {
      emit({ type: "result", ...count, heldOut: evaluation.length, dropped, doubts });
      return;
    }
    const left = Object.entries(dropped).map(([reason, rows]) => `${thousands(rows)} with ${reason}`);
    const rows = [
      `dialogues            ${thousands(count.dialogues)}${left.length > 0 ? `  (left out: ${left.join(", ")})` : ""}`,
      `steps an epoch       ${thousands(count.stepsPerEpoch)}`,
      `steps in all         ${thousands(count.totalSteps)}`,
      `checkpoint every     ${formatCount(count.checkpointInterval, "step")}`,
    ];
    process.stdout.write(`${rows.join("\n")}\n`);
    for (const doubt of doubts) terminalLogger.warn(`${file}: ${doubt}`);
    if (train.length < config.batchSize) {
      terminalLogger.warn(
        `${formatCount(train.length, "dialogue")} to train on: fewer than a batch of ${config.batchSize}, which train refuses`,
      );
    }
  },
};
