import type { CommandModule } from "yargs";
import { formatCount, formatInteger } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import type { CorpusCall } from "../../spaces/build.ts";
import { interruptible } from "../interrupt.ts";
import { terminalLogger } from "../log.ts";
import { type CommandArguments, loadConfig, ownOptions, type RunArguments, withOptions } from "../options.ts";
import { printJson, printMessage, printResult } from "../output.ts";
import { corpusBars } from "../phase-bars.ts";
import { infoText } from "../spaces/info-text.ts";

/** Runs work on a corpus with a progress bar for each phase. Ctrl-C aborts the work. */
async function runCorpusWork<T>(work: (call: CorpusCall) => Promise<T>): Promise<T> {
  const bars = corpusBars();
  return interruptible((signal) =>
    work({ signal, log: terminalLogger, onProgress: bars.update }).finally(bars.end),
  );
}

const buildSpacesCommand: CommandModule<object, RunArguments> = {
  command: "build",
  describe: "Learn LSA, LDA and word2vec spaces from dialogues.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS["spaces build"]),
  handler: async (args) => {
    const { config } = await loadConfig(args);
    const options = ownOptions(args, COMMANDS["spaces build"].own);
    const { buildConfigSpaces } = await import("../../spaces/build.ts");
    const result = await runCorpusWork((call) => buildConfigSpaces(config, options, call));
    const kinds = result.spaces.map(
      ({ kind, dimensions, words, seconds }) =>
        `${kind} ${formatInteger(words)} x ${dimensions} (${seconds} s)`,
    );
    printMessage(`${result.output}: ${kinds.join(", ")}`);
    if (args.json) printJson({ type: "result", ...result });
  },
};

interface InfoArguments extends CommandArguments {
  readonly dir: string;
}

const infoCommand: CommandModule<object, InfoArguments> = {
  command: "info <dir>",
  describe: "Show what a folder of spaces holds: sizes, topics, neighbours of a word.",
  builder: (argv) =>
    withOptions<InfoArguments>(argv, COMMANDS["spaces info"]).positional("dir", {
      type: "string",
      demandOption: true,
      describe: "Folder of spaces, or file of vectors.",
    }),
  handler: async (args) => {
    const options = ownOptions(args, COMMANDS["spaces info"].own);
    const { inspectSpaces } = await import("../../spaces/info.ts");
    const info = await inspectSpaces(args.dir, options);
    if (args.json) printJson({ type: "result", ...info });
    else printResult(`${infoText(info)}\n`);
  },
};

const frequenciesCommand: CommandModule<object, RunArguments> = {
  command: "frequencies",
  describe: "Count the reference frequencies of the keyword indices.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS["spaces frequencies"]),
  handler: async (args) => {
    const { config } = await loadConfig(args);
    const options = ownOptions(args, COMMANDS["spaces frequencies"].own);
    const { countConfigFrequencies } = await import("../../spaces/frequencies.ts");
    const result = await runCorpusWork((call) => countConfigFrequencies(config, options, call));
    const { output, items, documents } = result;
    printMessage(`${output}: ${formatCount(items, "item")} of ${formatCount(documents, "dialogue")}`);
    if (args.json) printJson({ type: "result", ...result });
  },
};

interface ImportArguments extends CommandArguments {
  readonly from: string;
}

const importCommand: CommandModule<object, ImportArguments> = {
  command: "import <from>",
  describe:
    "Convert vectors of word2vec, GloVe, fastText or the official package to a folder that loads fast.",
  builder: (argv) =>
    withOptions<ImportArguments>(argv, COMMANDS["spaces import"]).positional("from", {
      type: "string",
      demandOption: true,
      describe: "File of vectors, or folder of exports.",
    }),
  handler: async (args) => {
    const options = ownOptions(args, COMMANDS["spaces import"].own);
    const { importSpaces } = await import("../../spaces/import.ts");
    const result = await importSpaces(args.from, options, { log: terminalLogger });
    const kinds = result.spaces.map(
      ({ kind, dimensions, words }) => `${kind} ${formatInteger(words)} x ${dimensions}`,
    );
    printMessage(`${result.output}: ${kinds.join(", ")}`);
    if (args.json) printJson({ type: "result", ...result });
  },
};

/** The `spaces` command, which has actions for semantic spaces and frequency lists. */
export const spacesCommand: CommandModule<object, object> = {
  command: "spaces <action>",
  describe: "Learn, inspect or import semantic spaces, and count word frequencies.",
  builder: (argv) =>
    argv
      .command(buildSpacesCommand)
      .command(infoCommand)
      .command(importCommand)
      .command(frequenciesCommand)
      .demandCommand(1, "an action is missing: build, info, import or frequencies"),
  handler: () => {},
};
