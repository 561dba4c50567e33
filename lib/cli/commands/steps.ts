import type { CommandModule } from "yargs";
import { formatCount, formatInteger } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import type { StepCount } from "../../train/count-steps.ts";
import { terminalLogger } from "../log.ts";
import { loadConfig, type RunArguments, withOptions } from "../options.ts";
import { printJson, printMessage, printResult } from "../output.ts";

/** Describes the rows that were left out: "12 with no text (rows 3, 4, 9, ...)". */
function describeDropped({ dropped, droppedRows }: StepCount): string {
  const reasons = Object.entries(dropped).map(([reason, count]) => {
    const rows = droppedRows[reason] ?? [];
    const more = count > rows.length ? ", ..." : "";
    return `${formatInteger(count)} with ${reason} (${count === 1 ? "row" : "rows"} ${rows.join(", ")}${more})`;
  });
  return reasons.length === 0 ? "" : `  (left out: ${reasons.join(", ")})`;
}

function tableLines(count: StepCount): string[] {
  return [
    `dialogues            ${formatInteger(count.dialogues)}${describeDropped(count)}`,
    ...(count.heldOut > 0 ? [`held out             ${formatInteger(count.heldOut)}`] : []),
    `prompts              ${formatInteger(count.prompts)}`,
    `steps per epoch      ${formatInteger(count.stepsPerEpoch)}`,
    `steps in all         ${formatInteger(count.totalSteps)}`,
    `checkpoint every     ${formatCount(count.checkpointInterval, "step")}`,
  ];
}

/** Exit code when `train` will refuse the data, which is that of its own refusal. */
const REFUSED = 2;

/** The `steps` command, which counts the dialogues and steps of a run. */
export const stepsCommand: CommandModule<object, RunArguments> = {
  command: "steps",
  describe: "Count dialogues and steps, and say what train will leave out or refuse.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS.steps),
  handler: async (args) => {
    const { config } = await loadConfig(args);
    const { countConfigSteps } = await import("../../train/count-steps.ts");
    const { logDataWarnings } = await import("../../data/training-data.ts");
    const counted = await countConfigSteps(config);
    const { refusals } = counted;
    if (args.json) {
      const { file: _file, training: _training, ...count } = counted;
      printJson({ type: "result", ...count });
    } else {
      printResult(`${tableLines(counted).join("\n")}\n`);
      logDataWarnings(counted, terminalLogger);
    }
    if (refusals.length === 0) return;
    // Like every failure, this is one line.
    printMessage(`dialogue-ppo: train refuses: ${refusals.join("; ")}`);
    process.exitCode = REFUSED;
  },
};
