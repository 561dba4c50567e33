import { boolean, type OptionTable, optionNames } from "./option.ts";
import { EVALUATE_OPTIONS } from "./tables/evaluate.ts";
import { GENERATE_OPTIONS } from "./tables/generate.ts";
import { PRETRAIN_COMMAND_OPTIONS, PRETRAIN_OPTIONS } from "./tables/pretrain.ts";
import { REPORT_OPTIONS } from "./tables/report.ts";
import { CALIBRATE_OPTIONS } from "./tables/reward.ts";
import { TRAIN_COMMAND_OPTIONS } from "./tables/run.ts";
import { SCORE_OPTIONS } from "./tables/score.ts";
import {
  SPACES_BUILD_OPTIONS,
  SPACES_FREQUENCIES_OPTIONS,
  SPACES_IMPORT_OPTIONS,
  SPACES_INFO_OPTIONS,
} from "./tables/spaces.ts";
import { type RunOptionName, TRAIN_OPTIONS } from "./train-config.ts";

/** The options of one command. */
export interface CommandOptions {
  /** Options of a run that the command takes. They may come from every source of a run's options. */
  readonly run: readonly RunOptionName[];
  /** The command's other options, which only flags set. */
  readonly own: OptionTable;
  /** Calls without the program's name, each with what it does, for the help. */
  readonly examples: readonly (readonly [command: string, description: string])[];
}

/** Options of a run for the commands in which child and teacher generate without training. */
const GENERATION: readonly RunOptionName[] = [
  "teacher",
  "childTokenizer",
  "teacherTokenizer",
  "childEosTokenId",
  "childPadTokenId",
  "teacherEosTokenId",
  "teacherPadTokenId",
  "revision",
  "device",
  "threads",
  "seed",
  "maxNewTokens",
  "childTemperature",
  "childTopK",
  "childTopP",
  "teacherTemperature",
  "teacherTopK",
  "teacherTopP",
];

/** Options of a run that choose the training and the held-out dialogues. */
const DATA: readonly RunOptionName[] = ["data", "textColumn", "minWords", "maxWords", "evalFraction", "seed"];

/** Options of a run that determine the scored text, and the preset, lists and spaces with which it is scored. */
const SCORING: readonly RunOptionName[] = [
  "promptTurns",
  "scorePreset",
  "indexMode",
  "scoredText",
  "spaces",
  "taacoLists",
];

/** The options of every command, by its name. */
export const COMMANDS = {
  train: {
    run: optionNames(TRAIN_OPTIONS),
    own: TRAIN_COMMAND_OPTIONS,
    examples: [
      ["train", "the starter models on the starter dialogues"],
      ["train --data my.csv --eval-fraction 0.1 --child my-child --output-dir my-run", "a child of your own"],
      ["train --resume my-run", "continues a stopped run"],
    ],
  },
  check: {
    run: optionNames(TRAIN_OPTIONS),
    own: {},
    examples: [["check --data my.csv --child my-child", "tests everything that this run needs"]],
  },
  steps: {
    run: [
      ...DATA,
      "batchSize",
      "epochs",
      "steps",
      "checkpointInterval",
      "promptTurns",
      "longPrompts",
      "maxNewTokens",
      "child",
      "childTokenizer",
    ],
    own: {},
    examples: [["steps --data my.csv --batch-size 16", "counts dialogues and steps"]],
  },
  evaluate: {
    run: [...GENERATION, ...DATA, ...SCORING, "longPrompts", "teacherSamples", "calibration"],
    own: EVALUATE_OPTIONS,
    examples: [
      ["evaluate --run my-run", "before and after training, on held-out dialogues"],
      ["evaluate --before a --after b --data my.csv", "two models"],
    ],
  },
  generate: {
    run: ["child", ...GENERATION],
    own: GENERATE_OPTIONS,
    examples: [
      ["generate --run my-run --interactive", "a conversation with the child of a run"],
      ["generate --prompt 'A:: So, how was it?'", "one turn"],
    ],
  },
  report: {
    run: [],
    own: REPORT_OPTIONS,
    examples: [
      ["report my-run", "writes my-run/report.html"],
      ["report run-a run-b", "compares two runs in comparison.html"],
    ],
  },
  score: {
    run: [],
    own: SCORE_OPTIONS,
    examples: [
      ["score essays --output indices.csv", "a row for each .txt file in a folder"],
      ["score --data my.csv --output indices.csv", "a row of indices for each row"],
      ["score essays --families connectives,givenness --counts", "some columns, and numbers of words"],
      [
        "score essays --tagged tagged.conllu --output indices.csv",
        "also writes the words with their classes",
      ],
      ["score --data summaries.csv --source-column article", "compares each text with its source"],
      ["score essay.txt --explain connectives", "the words that each index counts"],
      ["score essay.txt --explain composite", "the parts of the composite"],
    ],
  },
  calibrate: {
    run: [...DATA, ...SCORING],
    own: CALIBRATE_OPTIONS,
    examples: [["calibrate --data my.csv --output calibration.json", "for --calibration of train and score"]],
  },
  pretrain: {
    run: [],
    own: { ...PRETRAIN_OPTIONS, ...PRETRAIN_COMMAND_OPTIONS },
    examples: [["pretrain --data my.csv --eval-fraction 0.1 --output my-child", "a tokenizer and an OPT"]],
  },
  "spaces build": {
    run: [...DATA, "indexMode", "taacoLists"],
    own: SPACES_BUILD_OPTIONS,
    examples: [["spaces build --data my.csv --output my-spaces", "LSA, LDA and word2vec"]],
  },
  "spaces info": {
    run: [],
    own: SPACES_INFO_OPTIONS,
    examples: [["spaces info my-spaces --word dog", "the neighbours of a word"]],
  },
  "spaces import": {
    run: [],
    own: SPACES_IMPORT_OPTIONS,
    examples: [["spaces import glove.txt --output glove", "vectors of another program"]],
  },
  "spaces frequencies": {
    run: [...DATA, "indexMode", "taacoLists"],
    own: SPACES_FREQUENCIES_OPTIONS,
    examples: [
      [
        "spaces frequencies --data my.csv --output frequencies.tsv",
        "counts words and runs of up to four words",
      ],
    ],
  },
  build: {
    run: [],
    own: { force: boolean({ help: "Build even if the addon is up to date." }) },
    examples: [["build --force", "builds again"]],
  },
} satisfies Readonly<Record<string, CommandOptions>>;
