import type { CommandModule } from "yargs";
import { wrapText } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import { terminalLogger } from "../log.ts";
import { type CommandArguments, withOptions } from "../options.ts";
import { printJson, printMessage, printResult, terminalWidth } from "../output.ts";

interface ReportArguments extends CommandArguments {
  readonly runs?: readonly string[] | undefined;
  readonly run?: string | readonly string[] | undefined;
  readonly output?: string | undefined;
}

/** The `report` command, which writes the HTML report of a run, or compares runs. */
export const reportCommand: CommandModule<object, ReportArguments> = {
  command: "report [runs..]",
  describe: "Write a self-contained HTML page of a run, or compare several runs.",
  builder: (argv) =>
    withOptions<ReportArguments>(
      argv.positional("runs", { type: "string", array: true, describe: COMMANDS.report.own.run.help }),
      COMMANDS.report,
    ),
  handler: runReport,
};

async function runReport({ runs = [], run, output, json }: ReportArguments): Promise<void> {
  const { report, writeReport } = await import("../../report/report.ts");
  const input = { run: [runs, run ?? []].flat(2), output };
  if (json) return printJson({ type: "result", ...report(input, { log: terminalLogger }) });
  const { records, only, file } = writeReport(input, terminalLogger);
  const { comparisonLines, seedLines } = await import("../../report/comparison-lines.ts");
  const { comparisonWarnings } = await import("../../report/comparison.ts");
  const { runVerdict } = await import("../../report/run-verdict.ts");
  const { summarizeSeeds } = await import("../../report/seeds.ts");
  const width = terminalWidth();
  const { summaries, notes } = summarizeSeeds(records);
  const lines =
    only === undefined
      ? [
          ...comparisonLines(records, width),
          ...seedLines(summaries, width),
          ...[...comparisonWarnings(records), ...notes].flatMap((text) =>
            wrapText(`note: ${text}`, width, "  "),
          ),
        ]
      : wrapText(`verdict: ${runVerdict(only)}`, width, "  ");
  printResult(`${lines.join("\n")}\n`);
  printMessage(`wrote ${file}`);
}
