import type { Argv, CommandModule } from "yargs";
import { interruptible } from "../interrupt.ts";
import { emit, say, thousands } from "../output.ts";
import { ownOptions, text, whole, withFields } from "../own-options.ts";
import type { BuildOptions } from "../spaces/build.ts";
import { SPACES_FIELDS } from "../spaces/fields.ts";
import type { ImportOptions } from "../spaces/import.ts";
import { configOf, type RunArguments, withRunOptions } from "../train-flags.ts";

const DATA_OPTIONS = [
  "data",
  "textColumn",
  "minWords",
  "maxWords",
  "evalFraction",
  "seed",
  "indexMode",
  "taacoLists",
];
const FREQUENCY_FIELDS = [
  ...SPACES_FIELDS.filter(({ name }) => name === "minCount"),
  { ...text("output", "file to write"), group: "Spaces", default: "frequencies.tsv" },
];

const buildSpacesCommand: CommandModule<object, RunArguments> = {
  command: "build",
  describe: "learn LSA, LDA and word2vec from dialogues",
  builder: (argv) => {
    return withRunOptions(withFields(argv, SPACES_FIELDS), DATA_OPTIONS);
  },
  handler: async (args) => {
    const { config } = await configOf(args);
    const options = await ownOptions<BuildOptions>(args, SPACES_FIELDS);
    const { buildSpaces } = await import("../spaces/build.ts");
    const result = await interruptible((signal) => buildSpaces(config, options, signal));
    const kinds = result.spaces.map(
      ({ kind, dimensions, words, seconds }) => `${kind} ${thousands(words)} x ${dimensions} (${seconds} s)`,
    );
    say(`${result.output}: ${kinds.join(", ")}`);
    if (args.json) emit({ type: "result", ...result });
  },
};

type InfoArguments = { readonly dir: string; readonly json?: boolean } & Record<string, unknown>;

const INFO_FIELDS = [
  text("word", "lemma whose neighbours to show"),
  { ...whole("count", "neighbours, or words a topic"), default: 10 },
];

const infoCommand: CommandModule<object, InfoArguments> = {
  command: "info <dir>",
  describe: "show what a folder of spaces holds: sizes, topics, neighbours of a word",
  builder: (argv) =>
    withFields(argv, INFO_FIELDS).positional("dir", {
      type: "string",
      describe: "folder of spaces, or file of vectors",
    }) as unknown as Argv<InfoArguments>,
  handler: async (args) => {
    const options = await ownOptions<{ word?: string; count: number }>(args, INFO_FIELDS);
    const { infoText, inspectSpaces } = await import("../spaces/info.ts");
    const info = await inspectSpaces(args.dir, { word: options.word, count: options.count });
    if (args.json) emit({ type: "result", ...info });
    else process.stdout.write(`${infoText(info)}\n`);
  },
};

const frequenciesCommand: CommandModule<object, RunArguments> = {
  command: "frequencies",
  describe: "count the reference frequencies of the keyword indices",
  builder: (argv) => {
    return withRunOptions(withFields(argv, FREQUENCY_FIELDS), DATA_OPTIONS);
  },
  handler: async (args) => {
    const { config } = await configOf(args);
    const options = await ownOptions<{ output: string; minCount: number }>(args, FREQUENCY_FIELDS);
    const { countFrequencies } = await import("../spaces/frequencies.ts");
    const result = await interruptible((signal) => countFrequencies(config, options, signal));
    if (args.json) emit({ type: "result", ...result });
  },
};

const IMPORT_FIELDS: typeof SPACES_FIELDS = [
  ...SPACES_FIELDS.filter(({ name }) => name === "output" || name === "dtype"),
  {
    name: "kind",
    kind: "string",
    group: "Spaces",
    describe: "what a single file counts as",
    choices: ["lsa", "lda", "word2vec"],
    default: "word2vec",
  },
];

const importCommand: CommandModule<object, RunArguments> = {
  command: "import <from>",
  describe: "turn vectors of word2vec, GloVe, fastText or the official package into a folder that loads fast",
  builder: (argv) => {
    return withFields(argv, IMPORT_FIELDS).positional("from", {
      type: "string",
      describe: "file of vectors, or folder of exports",
    });
  },
  handler: async (args) => {
    const options = await ownOptions<ImportOptions>(args, IMPORT_FIELDS);
    const { importSpaces } = await import("../spaces/import.ts");
    const result = await importSpaces(args.from as string, options);
    const kinds = result.spaces.map(
      ({ kind, dimensions, words }) => `${kind} ${thousands(words)} x ${dimensions}`,
    );
    say(`${result.output}: ${kinds.join(", ")}`);
    if (args.json) emit({ type: "result", ...result });
  },
};

/** Semantic spaces and frequency lists. */
export const spacesCommand: CommandModule<object, object> = {
  command: "spaces <action>",
  describe: "learn, inspect or import semantic spaces, count frequencies",
  builder: (argv) =>
    argv
      .command(buildSpacesCommand)
      .command(infoCommand)
      .command(importCommand)
      .command(frequenciesCommand)
      .demandCommand(1, "an action is missing: build, info, import or frequencies"),
  handler: () => {},
};
