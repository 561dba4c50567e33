import type { CommandModule } from "yargs";
import { wrapText } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import { RUN_OPTIONS } from "../../options/tables/run.ts";
import { type CommandArguments, withOptions } from "../options.ts";
import { printJson, printMessage, terminalWidth } from "../output.ts";

interface ReportArguments extends CommandArguments {
  readonly run: string;
  readonly output?: string | undefined;
}

/** The `report` command, which writes the HTML report of a run. */
export const reportCommand: CommandModule<object, ReportArguments> = {
  command: "report [run]",
  describe: "Write a self-contained HTML page of a run: curves, samples, indices before and after.",
  builder: (argv) =>
    withOptions<ReportArguments>(
      argv.positional("run", {
        type: "string",
        default: RUN_OPTIONS.outputDir.default,
        describe: COMMANDS.report.own.run.help,
      }),
      COMMANDS.report,
    ),
  handler: async ({ run, output, json }) => {
    const { report } = await import("../../report/report.ts");
    const { terminalLogger: log } = await import("../log.ts");
    const result = report({ run, output }, { log });
    if (json) printJson({ type: "result", ...result });
    else {
      for (const line of wrapText(`verdict: ${result.verdict}`, terminalWidth(process.stderr), "  "))
        printMessage(line);
      printMessage(`wrote ${result.output}`);
    }
  },
};
