import { styleText } from "node:util";
import type { CommandModule } from "yargs";
import { printable } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import type { CheckItem } from "../../train/checklist.ts";
import { downloadBars } from "../download-bars.ts";
import { interruptible } from "../interrupt.ts";
import { heldLogger } from "../log.ts";
import { loadConfig, type RunArguments, withOptions } from "../options.ts";
import { printJson, printLines, printResult } from "../output.ts";
import { corpusBars } from "../phase-bars.ts";
import { useColor } from "../progress.ts";

const formatGiB = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

function formatEstimate(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} seconds`;
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} minutes`;
  return `${(seconds / 3600).toFixed(1)} hours`;
}

/** The `check` command, which tests everything that a run needs in about a minute. */
export const checkCommand: CommandModule<object, RunArguments> = {
  command: "check",
  describe: "Test everything that a run needs, including one step. Only caches are written.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS.check),
  handler: async (args) => {
    const resolved = await loadConfig(args);
    const { checkConfig } = await import("../../train/check.ts");
    const color = useColor(process.stdout);
    const mark = (ok: boolean): string => {
      const text = ok ? "ok    " : "FAILED";
      return color ? styleText(ok ? "green" : "red", text) : text;
    };
    const { log, release } = heldLogger();
    const downloads = downloadBars();
    const preparation = corpusBars();
    // The colours of the mark must reach the terminal, so only the detail is made printable.
    const show = ({ name, ok, detail }: CheckItem): void => {
      // A check is over, and so is the work before it.
      preparation.end();
      if (!args.json) printLines(`${mark(ok)} ${name.padEnd(16)} ${printable(detail)}\n`);
    };
    const { checks, teacherPrompt, estimate } = await interruptible(
      (signal) =>
        checkConfig(resolved, {
          env: process.env,
          signal,
          log,
          onItem: show,
          onDownload: downloads.update,
          onPrepare: preparation.update,
        }).finally(() => {
          downloads.end();
          preparation.end();
          release();
        }),
      "",
    );
    if (args.json) printJson({ type: "result", checks, teacherPrompt, estimate });
    else if (estimate) {
      printResult(
        `\nestimate for the run: about ${formatEstimate(estimate.seconds)}, ${formatGiB(estimate.bytes)} of memory, ` +
          `${formatGiB(estimate.diskBytes)} of disk\n`,
      );
    }
    if (checks.some(({ ok }) => !ok)) process.exitCode = 1;
  },
};
