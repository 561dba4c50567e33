import type { OptionField } from "../options/field.ts";

const DATA = "Data";
const MODEL = "Model";
const RUN = "Run";
const TRAINING = "Training";

const integer = (
  name: string,
  group: string,
  describe: string,
  min: number,
  fallback?: number,
): OptionField => ({
  name,
  kind: "integer",
  group,
  describe,
  min,
  ...(fallback === undefined ? {} : { default: fallback }),
});

const text = (name: string, group: string, describe: string, fallback?: string): OptionField => ({
  name,
  kind: "string",
  group,
  describe,
  ...(fallback === undefined ? {} : { default: fallback }),
});

const flag = (name: string, group: string, describe: string): OptionField => ({
  name,
  kind: "boolean",
  group,
  describe,
  default: false,
});

/** Every option of `pretrain`; defaults included. */
export const PRETRAIN_FIELDS: readonly OptionField[] = [
  text("data", DATA, "CSV of dialogues, or a text file of paragraphs"),
  text("textColumn", DATA, "column that holds the dialogue", "text"),
  integer("minWords", DATA, "fewest words of a CSV's dialogue, labels counted", 0, 20),
  integer("maxWords", DATA, "most words of a CSV's dialogue, labels counted", 1, 400),
  {
    name: "evalFraction",
    kind: "number",
    group: DATA,
    default: 0,
    min: 0,
    max: 0.9,
    describe: "share held out",
  },
  flag("augment", DATA, "vary dialogues: speakers exchanged, first turns left out"),
  flag("packed", DATA, "rows of equal length cut from the joined texts, not one text a row"),
  integer("rowTokens", DATA, "longest row; longer texts are cut", 8, 512),

  { ...text("architecture", MODEL, "family of the model", "opt"), choices: ["opt", "llama"] },
  flag("chat", MODEL, "train a Llama as a teacher, on chats that ask for a better turn"),
  text("size", MODEL, "named size: tiny, small, medium, 125m, 1.3b (opt) or 1b (llama)", "tiny"),
  integer("hiddenSize", MODEL, "width, against the named size", 1),
  integer("layers", MODEL, "number of blocks", 1),
  integer("heads", MODEL, "attention heads", 1),
  integer("kvHeads", MODEL, "heads of keys and values, llama only", 1),
  integer("ffnSize", MODEL, "width of the feed-forward part", 1),
  integer("positions", MODEL, "longest text in tokens, at least 1024", 1),
  integer("vocabSize", MODEL, "tokens of the vocabulary, special ones included", 260, 4096),
  integer("minFrequency", MODEL, "pairs seen less often are not merged", 1, 2),
  text("tokenizer", MODEL, "folder of a tokenizer to use instead of learning one"),
  { ...text("dtype", MODEL, "type of the stored weights", "float32"), choices: ["float32", "float16"] },

  text("output", RUN, "folder of the model"),
  integer("steps", RUN, "optimizer steps", 1),
  integer(
    "epochs",
    RUN,
    "passes over the data when no steps are given; default: 10, or more for 200 steps, unless --minutes is given",
    1,
  ),
  {
    name: "minutes",
    kind: "number",
    group: RUN,
    min: 0,
    above: true,
    describe: "time for the whole run; sets the steps when none are given",
  },
  integer("stopAfter", RUN, "end this invocation cleanly after so many steps; resumable", 1),
  integer("evalInterval", RUN, "steps between held-out measurements; default: a twentieth of the run", 1),
  integer("patience", RUN, "stop after so many measurements without a new best; 0: never", 0, 5),
  integer("seed", RUN, "of everything random", 0, 0),
  text("device", RUN, "cpu, cuda or cuda:N", "cpu"),
  integer("threads", RUN, "threads inside one operation; default: all cores", 1),

  integer("batchSize", TRAINING, "rows a step", 1, 32),
  {
    name: "learningRate",
    kind: "number",
    group: TRAINING,
    default: 1e-3,
    min: 0,
    above: true,
    describe: "highest rate",
  },
  integer(
    "warmupSteps",
    TRAINING,
    "steps up to the highest rate; default: 100, at most a tenth of the run",
    0,
  ),
  { name: "weightDecay", kind: "number", group: TRAINING, default: 0.1, min: 0, describe: "on matrices" },
  {
    name: "dropout",
    kind: "number",
    group: TRAINING,
    default: 0,
    min: 0,
    max: 0.9,
    describe: "while training",
  },
  { name: "maxGradNorm", kind: "number", group: TRAINING, default: 1, min: 0, describe: "0: no clipping" },
  flag("bf16", TRAINING, "arithmetic in bfloat16 where it is safe; weights stay float32"),
];
