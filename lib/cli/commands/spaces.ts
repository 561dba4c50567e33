import type { Argv, CommandModule } from "yargs";
import { kebabCase } from "../../options/fields.ts";
import { emit, say, thousands } from "../output.ts";
import { SPACES_FIELDS } from "../spaces/fields.ts";
import { configOf, type RunArguments, withRunOptions, yargsOption } from "../train-flags.ts";

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
const FREQUENCY_FIELDS = SPACES_FIELDS.filter(({ name }) => name === "minCount");

/** Runs what an interrupt should end. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const onInterrupt = (): void => abort.abort(new Error("interrupted"));
  process.once("SIGINT", onInterrupt).once("SIGTERM", onInterrupt);
  try {
    return await work(abort.signal);
  } finally {
    process.off("SIGINT", onInterrupt).off("SIGTERM", onInterrupt);
  }
}

/** The command's own options, checked, with their defaults. */
async function ownOptions(
  args: RunArguments,
  fields: typeof SPACES_FIELDS,
): Promise<Record<string, unknown>> {
  const { checked } = await import("../../options/resolve.ts");
  const given = Object.fromEntries(fields.map(({ name }) => [name, args[kebabCase(name)]]));
  const defaults = Object.fromEntries(fields.map((field) => [field.name, field.default]));
  return { ...defaults, ...checked(given, "command line", (name) => `--${kebabCase(name)}`, fields) };
}

const buildSpacesCommand: CommandModule<object, RunArguments> = {
  command: "build",
  describe: "learn LSA, LDA and word2vec from dialogues",
  builder: (argv) => {
    for (const field of SPACES_FIELDS) argv.option(kebabCase(field.name), yargsOption(field));
    return withRunOptions(argv, DATA_OPTIONS);
  },
  handler: async (args) => {
    const { config } = await configOf(args);
    const options = await ownOptions(args, SPACES_FIELDS);
    const { buildSpaces } = await import("../spaces/build.ts");
    const result = await interruptible((signal) => buildSpaces(config, options as never, signal));
    const kinds = result.spaces.map(
      ({ kind, dimensions, words, seconds }) => `${kind} ${thousands(words)} x ${dimensions} (${seconds} s)`,
    );
    say(`${result.output}: ${kinds.join(", ")}`);
    if (args.json) emit({ type: "result", ...result });
  },
};

interface InfoArguments {
  readonly dir: string;
  readonly word?: string;
  readonly count: string;
  readonly json?: boolean;
}

const infoCommand: CommandModule<object, InfoArguments> = {
  command: "info <dir>",
  describe: "show what a folder of spaces holds: sizes, topics, neighbours of a word",
  builder: (argv) =>
    argv
      .positional("dir", { type: "string", describe: "folder of spaces, or file of vectors" })
      .option("word", { type: "string", requiresArg: true, describe: "lemma whose neighbours to show" })
      .option("count", {
        type: "string",
        requiresArg: true,
        default: "10",
        describe: "neighbours, or words a topic",
      }) as unknown as Argv<InfoArguments>,
  handler: async (args) => {
    const { checked } = await import("../../options/resolve.ts");
    const field = { name: "count", kind: "integer", group: "", describe: "", min: 1 } as const;
    const { count } = checked({ count: args.count }, "command line", (name) => `--${name}`, [field]);
    const { infoText, inspectSpaces } = await import("../spaces/info.ts");
    const info = await inspectSpaces(args.dir, { word: args.word, count: count as number });
    if (args.json) emit({ type: "result", ...info });
    else process.stdout.write(`${infoText(info)}\n`);
  },
};

const frequenciesCommand: CommandModule<object, RunArguments> = {
  command: "frequencies",
  describe: "count the reference frequencies of the keyword indices",
  builder: (argv) => {
    for (const field of FREQUENCY_FIELDS) argv.option(kebabCase(field.name), yargsOption(field));
    return withRunOptions(argv, DATA_OPTIONS).option("output", {
      type: "string",
      requiresArg: true,
      default: "frequencies.tsv",
      describe: "file to write",
    });
  },
  handler: async (args) => {
    const { config } = await configOf(args);
    const { minCount } = await ownOptions(args, FREQUENCY_FIELDS);
    const { countFrequencies } = await import("../spaces/frequencies.ts");
    const options = { output: args.output as string, minCount: minCount as number };
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
    for (const field of IMPORT_FIELDS) argv.option(kebabCase(field.name), yargsOption(field));
    return argv.positional("from", { type: "string", describe: "file of vectors, or folder of exports" });
  },
  handler: async (args) => {
    const options = await ownOptions(args, IMPORT_FIELDS);
    const { importSpaces } = await import("../spaces/import.ts");
    const result = await importSpaces(args.from as string, options as never);
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
