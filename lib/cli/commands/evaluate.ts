import type { CommandModule } from "yargs";
import { COMMANDS } from "../../options/commands.ts";
import { downloadBars } from "../download-bars.ts";
import { interruptible } from "../interrupt.ts";
import { terminalLogger } from "../log.ts";
import { configSources, ownOptions, type RunArguments, withOptions } from "../options.ts";
import { printJson, printMessage, printResult, terminalWidth } from "../output.ts";
import { phaseBars } from "../phase-bars.ts";
import { sharedByRanks } from "../ranks.ts";

/** The `evaluate` command, which compares a child before and after training on held-out dialogues. */
export const evaluateCommand: CommandModule<object, RunArguments> = {
  command: "evaluate",
  describe: "Compare a child before and after training on held-out dialogues.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS.evaluate),
  handler: sharedByRanks(runEvaluation),
};

async function runEvaluation(args: RunArguments): Promise<void> {
  const request = ownOptions(args, COMMANDS.evaluate.own);
  const sources = await configSources(args);
  const { evaluateFrom } = await import("../../evaluate/evaluate.ts");
  const { evaluationLines } = await import("../../evaluate/text-table.ts");
  const bars = phaseBars();
  const downloads = downloadBars();
  const { report, ...record } = await interruptible((signal) =>
    evaluateFrom(request, sources, {
      signal,
      log: terminalLogger,
      onDownload: downloads.update,
      onProgress: bars.update,
    }).finally(() => {
      downloads.end();
      bars.end();
    }),
  );
  if (args.json) {
    const { best: _best, worst: _worst, setting: _setting, ...figures } = record;
    printJson({ type: "result", ...figures, report });
  } else {
    printResult(`${evaluationLines(record, { width: terminalWidth() }).join("\n")}\n`);
    printMessage(`\nreport: ${report}`);
  }
}
