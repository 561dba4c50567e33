/** One option of a run: how it is spelt on the command line, read and explained. */
export interface OptionField {
  /** camelCase: the key of a configuration file. */
  readonly name: string;
  readonly kind: "string" | "number" | "integer" | "boolean";
  readonly describe: string;
  readonly group: string;
  readonly default?: string | number | boolean;
  readonly choices?: readonly string[];
  readonly min?: number;
  /** Greater than min, not equal to it. */
  readonly above?: boolean;
  readonly max?: number;
  /** The original experiment's spelling where it is not the snake_case of the name. */
  readonly aliases?: readonly string[];
  /** A word that may stand in place of the number. */
  readonly word?: string;
}

const MODELS = "Models";
const DATA = "Data";
const RUN = "Run";
const SAMPLING = "Sampling";
const REWARD = "Reward";
const PPO = "PPO";
const TRACKING = "Tracking";

/** Every option of `train`, in the order in which help and reference show them. Defaults are part of the contract. */
export const TRAIN_FIELDS: readonly OptionField[] = [
  {
    name: "child",
    kind: "string",
    group: MODELS,
    describe: "model to train: a folder or a hub repository; default: the starter child",
  },
  {
    name: "teacher",
    kind: "string",
    group: MODELS,
    describe: "model that improves on the child's turns; default: the starter teacher",
  },
  {
    name: "childTokenizer",
    kind: "string",
    group: MODELS,
    describe: "tokenizer of the child when it is not in its folder",
  },
  {
    name: "teacherTokenizer",
    kind: "string",
    group: MODELS,
    describe: "tokenizer of the teacher when it is not in its folder",
  },
  {
    name: "childEosTokenId",
    kind: "integer",
    group: MODELS,
    min: 0,
    describe: "end token of the child, against its configuration",
  },
  {
    name: "childPadTokenId",
    kind: "integer",
    group: MODELS,
    min: 0,
    describe: "pad token of the child, against its configuration",
  },
  {
    name: "teacherEosTokenId",
    kind: "integer",
    group: MODELS,
    min: 0,
    describe: "end token of the teacher, against its configuration",
  },
  {
    name: "teacherPadTokenId",
    kind: "integer",
    group: MODELS,
    min: 0,
    describe: "pad token of the teacher, against its configuration",
  },
  {
    name: "revision",
    kind: "string",
    group: MODELS,
    default: "main",
    describe: "branch, tag or commit of hub repositories",
  },
  { name: "device", kind: "string", group: MODELS, default: "auto", describe: "auto, cpu, cuda or cuda:N" },
  {
    name: "threads",
    kind: "integer",
    group: MODELS,
    min: 1,
    describe: "threads inside one operation; default: all cores",
  },

  {
    name: "data",
    kind: "string",
    group: DATA,
    aliases: ["data_path"],
    describe: "CSV of dialogues; default: the starter dialogues",
  },
  {
    name: "textColumn",
    kind: "string",
    group: DATA,
    default: "text",
    describe: "column that holds the dialogue",
  },
  {
    name: "minWords",
    kind: "integer",
    group: DATA,
    default: 20,
    min: 0,
    describe: "fewest words of a dialogue, labels counted",
  },
  {
    name: "maxWords",
    kind: "integer",
    group: DATA,
    default: 400,
    min: 1,
    describe: "most words of a dialogue, labels counted",
  },
  {
    name: "promptTurns",
    kind: "integer",
    group: DATA,
    default: -1,
    word: "all",
    describe: "turns of the prompt; -1: all but the last; all: the whole text",
  },
  {
    name: "longPrompts",
    kind: "string",
    group: DATA,
    default: "truncate",
    choices: ["truncate", "skip", "error"],
    describe: "what to do with prompts beyond the model's positions",
  },
  {
    name: "evalFraction",
    kind: "number",
    group: DATA,
    default: 0,
    min: 0,
    max: 0.9,
    describe: "share of dialogues held out; 0.2 with the starter data",
  },

  {
    name: "outputDir",
    kind: "string",
    group: RUN,
    default: "checkpoints_dialogue_ppo",
    aliases: ["save_dir"],
    describe: "folder of the run",
  },
  {
    name: "steps",
    kind: "integer",
    group: RUN,
    min: 1,
    describe: "PPO steps; default: as many as the epochs hold",
  },
  {
    name: "epochs",
    kind: "integer",
    group: RUN,
    default: 1,
    min: 1,
    aliases: ["max_epochs"],
    describe: "passes over the data when no steps are given",
  },
  {
    name: "stopAfter",
    kind: "integer",
    group: RUN,
    min: 1,
    describe: "end this invocation cleanly after so many steps; resumable",
  },
  {
    name: "checkpointInterval",
    kind: "integer",
    group: RUN,
    min: 1,
    describe: "steps between checkpoints; default: a tenth of the run",
  },
  { name: "seed", kind: "integer", group: RUN, default: 0, min: 0, describe: "of everything random" },
  {
    name: "samplesPerStep",
    kind: "integer",
    group: RUN,
    default: 1,
    min: 0,
    describe: "samples of each step that are kept in samples.jsonl",
  },

  {
    name: "maxNewTokens",
    kind: "integer",
    group: SAMPLING,
    default: 80,
    min: 1,
    describe: "longest turn, child and teacher",
  },
  {
    name: "childTemperature",
    kind: "number",
    group: SAMPLING,
    default: 1,
    min: 0,
    above: true,
    describe: "1 is pure sampling, which PPO assumes",
  },
  { name: "childTopK", kind: "integer", group: SAMPLING, default: 0, min: 0, describe: "0: off" },
  {
    name: "childTopP",
    kind: "number",
    group: SAMPLING,
    default: 1,
    min: 0,
    above: true,
    max: 1,
    describe: "1: off",
  },
  {
    name: "teacherTemperature",
    kind: "number",
    group: SAMPLING,
    default: 0.5,
    min: 0,
    above: true,
    describe: "temperature of the teacher",
  },
  { name: "teacherTopK", kind: "integer", group: SAMPLING, default: 50, min: 0, describe: "0: off" },
  {
    name: "teacherTopP",
    kind: "number",
    group: SAMPLING,
    default: 0.95,
    min: 0,
    above: true,
    max: 1,
    describe: "1: off",
  },
  {
    name: "teacherSamples",
    kind: "integer",
    group: SAMPLING,
    default: 1,
    min: 1,
    describe: "teacher turns a dialogue; their mean score is compared with",
  },

  {
    name: "scorePreset",
    kind: "string",
    group: REWARD,
    default: "taaco",
    choices: ["taaco", "original", "turn"],
    describe: "composite of cohesion indices",
  },
  {
    name: "indexMode",
    kind: "string",
    group: REWARD,
    default: "corrected",
    choices: ["corrected", "faithful"],
    describe: "TAACO's quirks mended or kept",
  },
  {
    name: "scoredText",
    kind: "string",
    group: REWARD,
    default: "dialogue",
    choices: ["dialogue", "continuation"],
    describe: "score the dialogue with the new turn, or the turn alone",
  },
  {
    name: "failurePolicy",
    kind: "string",
    group: REWARD,
    default: "drop",
    choices: ["drop", "zero", "fail"],
    describe: "for a sample that could not be scored",
  },
  {
    name: "calibration",
    kind: "string",
    group: REWARD,
    describe: "file of means and deviations; default: measured on the training dialogues",
  },
  {
    name: "spaces",
    kind: "string",
    group: REWARD,
    describe: "folder of semantic spaces; default: learnt from the training dialogues",
  },
  {
    name: "taacoLists",
    kind: "string",
    group: REWARD,
    describe: "folder of the official TAACO package, whose lists are then used",
  },
  {
    name: "useScoreScaling",
    kind: "boolean",
    group: REWARD,
    default: true,
    describe: "divide rewards by their running deviation",
  },
  {
    name: "useScoreNorm",
    kind: "boolean",
    group: REWARD,
    default: true,
    describe: "subtract their running mean",
  },
  {
    name: "scoreClip",
    kind: "number",
    group: REWARD,
    min: 0,
    above: true,
    describe: "clip rewards to plus and minus this",
  },

  { name: "batchSize", kind: "integer", group: PPO, default: 8, min: 1, describe: "dialogues a step" },
  {
    name: "miniBatchSize",
    kind: "integer",
    group: PPO,
    min: 1,
    describe: "default: the largest divisor of batch / accumulation up to 4",
  },
  {
    name: "gradientAccumulationSteps",
    kind: "integer",
    group: PPO,
    default: 1,
    min: 1,
    describe: "minibatches an optimizer step",
  },
  { name: "ppoEpochs", kind: "integer", group: PPO, default: 4, min: 1, describe: "passes over a batch" },
  {
    name: "learningRate",
    kind: "number",
    group: PPO,
    default: 1.41e-5,
    min: 0,
    above: true,
    describe: "of Adam",
  },
  {
    name: "lrSchedule",
    kind: "string",
    group: PPO,
    default: "constant",
    choices: ["constant", "linear", "cosine"],
    describe: "moves once a step",
  },
  {
    name: "optimizer",
    kind: "string",
    group: PPO,
    default: "adam",
    choices: ["adam", "adamw"],
    describe: "optimizer",
  },
  { name: "weightDecay", kind: "number", group: PPO, default: 0, min: 0, describe: "AdamW only" },
  {
    name: "maxGradNorm",
    kind: "number",
    group: PPO,
    min: 0,
    above: true,
    describe: "clip gradients to this norm",
  },
  {
    name: "adapKlCtrl",
    kind: "boolean",
    group: PPO,
    default: true,
    describe: "steer the KL penalty to its target",
  },
  {
    name: "initKlCoef",
    kind: "number",
    group: PPO,
    default: 0.2,
    min: 0,
    describe: "weight of the KL penalty at the start",
  },
  {
    name: "klPenalty",
    kind: "string",
    group: PPO,
    default: "kl",
    choices: ["kl", "abs", "mse", "full"],
    describe: "estimate of the KL",
  },
  {
    name: "target",
    kind: "number",
    group: PPO,
    default: 6,
    min: 0,
    above: true,
    describe: "KL to steer to, nats a turn",
  },
  {
    name: "horizon",
    kind: "number",
    group: PPO,
    default: 10000,
    min: 0,
    above: true,
    describe: "samples over which the controller acts",
  },
  { name: "gamma", kind: "number", group: PPO, default: 1, min: 0, max: 1, describe: "discount" },
  {
    name: "lam",
    kind: "number",
    group: PPO,
    default: 0.95,
    min: 0,
    max: 1,
    describe: "lambda of advantage estimation",
  },
  {
    name: "cliprange",
    kind: "number",
    group: PPO,
    default: 0.2,
    min: 0,
    above: true,
    describe: "of the policy ratio",
  },
  {
    name: "cliprangeValue",
    kind: "number",
    group: PPO,
    default: 0.2,
    min: 0,
    above: true,
    describe: "of the value",
  },
  { name: "vfCoef", kind: "number", group: PPO, default: 0.1, min: 0, describe: "weight of the value loss" },
  {
    name: "earlyStopping",
    kind: "boolean",
    group: PPO,
    default: false,
    describe: "stop the epochs of a step when KL runs away",
  },
  {
    name: "targetKl",
    kind: "number",
    group: PPO,
    default: 1,
    min: 0,
    above: true,
    describe: "early stopping acts above 1.5 times this",
  },
  {
    name: "ratioThreshold",
    kind: "number",
    group: PPO,
    default: 10,
    min: 0,
    above: true,
    describe: "skip minibatches whose mean ratio exceeds it",
  },
  {
    name: "whitenRewards",
    kind: "boolean",
    group: PPO,
    default: false,
    describe: "whiten rewards before advantages",
  },
  {
    name: "trlParity",
    kind: "boolean",
    group: PPO,
    default: false,
    describe: "follow TRL's oddities to the letter",
  },

  { name: "wandbProject", kind: "string", group: TRACKING, describe: "write a W&B run of this project" },
  {
    name: "watch",
    kind: "boolean",
    group: TRACKING,
    default: false,
    describe: "show curves and samples on a local page while training",
  },
  {
    name: "tensorboard",
    kind: "boolean",
    group: TRACKING,
    default: true,
    describe: "write TensorBoard events",
  },
];

/** snake_case of a camelCase name, the original experiment's spelling. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** kebab-case of a camelCase name, as it stands on the command line. */
export const kebabCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
