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
  train: { run: optionNames(TRAIN_OPTIONS), own: TRAIN_COMMAND_OPTIONS },
  check: { run: optionNames(TRAIN_OPTIONS), own: {} },
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
  },
  evaluate: {
    run: [...GENERATION, ...DATA, ...SCORING, "longPrompts", "teacherSamples", "calibration"],
    own: EVALUATE_OPTIONS,
  },
  generate: { run: ["child", ...GENERATION], own: GENERATE_OPTIONS },
  report: { run: [], own: REPORT_OPTIONS },
  score: { run: [], own: SCORE_OPTIONS },
  calibrate: {
    run: [...DATA, ...SCORING],
    own: CALIBRATE_OPTIONS,
  },
  pretrain: { run: [], own: { ...PRETRAIN_OPTIONS, ...PRETRAIN_COMMAND_OPTIONS } },
  "spaces build": { run: [...DATA, "indexMode", "taacoLists"], own: SPACES_BUILD_OPTIONS },
  "spaces info": { run: [], own: SPACES_INFO_OPTIONS },
  "spaces import": { run: [], own: SPACES_IMPORT_OPTIONS },
  "spaces frequencies": { run: [...DATA, "indexMode", "taacoLists"], own: SPACES_FREQUENCIES_OPTIONS },
  build: { run: [], own: { force: boolean({ help: "Build even if the addon is up to date." }) } },
} satisfies Readonly<Record<string, CommandOptions>>;
