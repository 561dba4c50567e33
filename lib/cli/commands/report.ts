import type { CommandModule } from "yargs";
import { COMMANDS } from "../../options/commands.ts";
import { RUN_OPTIONS } from "../../options/tables/run.ts";
import { type CommandArguments, withOptions } from "../options.ts";
import { emit, say } from "../output.ts";

interface ReportArguments extends CommandArguments {
  readonly run: string;
  readonly output?: string | undefined;
}

/** Writes the page of a run. */
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
    const path = await import("node:path");
    const { readRun } = await import("../../report/read-run.ts");
    const { reportHtml } = await import("../../report/html.ts");
    const { writeFileAtomic } = await import("../../run/atomic.ts");
    const record = readRun(run);
    const file = path.resolve(output ?? path.join(run, "report.html"));
    writeFileAtomic(file, reportHtml(record));
    if (json) emit({ type: "result", output: file, steps: record.steps.length });
    else say(`wrote ${file}`);
  },
};
