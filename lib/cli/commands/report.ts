import type { CommandModule } from "yargs";
import { emit, say } from "../output.ts";

interface ReportArguments {
  readonly run: string;
  readonly output?: string | undefined;
  readonly json?: boolean | undefined;
}

const RUN = "folder of the run, also as --run; it may still be under way";

/** Writes the page of a run. */
export const reportCommand: CommandModule<object, ReportArguments> = {
  command: "report [run]",
  describe: "write a self-contained HTML page of a run: curves, samples, indices before and after",
  builder: (argv) =>
    argv
      .positional("run", {
        type: "string",
        default: "checkpoints_dialogue_ppo",
        describe: RUN,
      })
      .option("run", { type: "string", requiresArg: true, describe: RUN })
      .option("output", {
        type: "string",
        requiresArg: true,
        describe: "file to write; default: report.html in the run folder",
      }) as unknown as import("yargs").Argv<ReportArguments>,
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
