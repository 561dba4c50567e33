import { boolean, choice, fixed, group, integer, number, required, text } from "../option.ts";
import { DATA_OPTIONS } from "./data.ts";
import { MODEL_OPTIONS } from "./models.ts";
import { RUN_OPTIONS, verifyOption } from "./run.ts";

/** Every option of a pretraining run. */
export const PRETRAIN_OPTIONS = {
  ...group("Data", {
    data: required(
      text({ location: true, help: "CSV or JSON Lines file of dialogues, or a text file of paragraphs." }),
    ),
    ...fixed({
      textColumn: DATA_OPTIONS.textColumn,
      minWords: DATA_OPTIONS.minWords,
      maxWords: DATA_OPTIONS.maxWords,
      evalFraction: DATA_OPTIONS.evalFraction,
      augment: boolean({
        default: false,
        help: "Vary the dialogues: exchange the speakers and leave out first turns.",
      }),
      packed: boolean({
        default: false,
        help: "Join the texts and cut them into rows of equal length, instead of one text per row.",
      }),
      rowTokens: integer({ default: 512, min: 8, help: "Maximum length of a row in tokens." }),
    }),
  }),
  ...group("Model", {
    ...fixed({
      architecture: choice({ choices: ["opt", "llama"], default: "opt", help: "Architecture of the model." }),
      chat: boolean({
        default: false,
        help: "Train a Llama as a teacher, on chats that ask for a better turn.",
      }),
      size: text({
        default: "tiny",
        help: "Named size: tiny, small, medium, 125m or 1.3b (opt), 1b (llama).",
      }),
      hiddenSize: integer({ min: 1, help: "Width of the model. Default: set by --size." }),
      layers: integer({ min: 1, help: "Number of layers. Default: set by --size." }),
      heads: integer({ min: 1, help: "Number of attention heads. Default: set by --size." }),
      kvHeads: integer({
        min: 1,
        help: "Number of key and value heads, llama only. Default: set by --size.",
      }),
      ffnSize: integer({ min: 1, help: "Width of the feed-forward layers. Default: set by --size." }),
      positions: integer({
        min: 1,
        help: "Maximum length of a text in tokens, at least 1024. Default: set by --size.",
      }),
      vocabSize: integer({
        default: 4096,
        min: 260,
        help: "Tokens in the vocabulary, special tokens included.",
      }),
      minFrequency: integer({
        default: 2,
        min: 1,
        help: "Token pairs that occur less often are not merged.",
      }),
      tokenizer: text({ help: "Folder of a tokenizer to use. Default: one is learned from the data." }),
      dtype: choice({
        choices: ["float32", "float16"],
        default: "float32",
        help: "Type of the stored weights.",
      }),
    }),
  }),
  ...group("Run", {
    output: required(text({ help: "Folder for the model." })),
    steps: integer({ min: 1, help: "Number of optimizer steps. Default: as many as --epochs takes." }),
    epochs: integer({
      min: 1,
      help: "Passes over the data. Default: 10, or more to reach 200 steps, unless --minutes is given.",
    }),
    minutes: number({
      above: 0,
      help: "Minutes for the whole run; they determine the number of steps if it is not given.",
    }),
    stopAfter: RUN_OPTIONS.stopAfter,
    evalInterval: integer({
      min: 1,
      help: "Steps between two held-out measurements. Default: a twentieth of the run.",
    }),
    patience: integer({
      default: 5,
      min: 0,
      help: "Stop after this many measurements without a new best; 0 to never stop.",
    }),
    seed: RUN_OPTIONS.seed,
    device: {
      ...MODEL_OPTIONS.device,
      default: "cpu",
      help: "Device to compute on: cpu, cuda or cuda:N.",
    },
    threads: MODEL_OPTIONS.threads,
  }),
  ...group("Training", {
    ...fixed({
      batchSize: integer({ default: 32, min: 1, help: "Rows per step." }),
      learningRate: number({ default: 1e-3, above: 0, help: "Highest learning rate." }),
      warmupSteps: integer({
        min: 0,
        help: "Steps until the highest learning rate. Default: 100, at most a tenth of the run.",
      }),
      weightDecay: number({ default: 0.1, min: 0, help: "Weight decay of matrices." }),
      dropout: number({ default: 0, min: 0, max: 0.9, help: "Dropout probability during training." }),
      maxGradNorm: number({
        default: 1,
        min: 0,
        help: "Clip the gradient to this global 2-norm; 0 for no clipping.",
      }),
      bf16: boolean({
        default: false,
        help: "Compute in bfloat16 where it is safe; weights stay float32.",
      }),
    }),
  }),
};

/** Options of `pretrain` besides those of the run. */
export const PRETRAIN_COMMAND_OPTIONS = group("Run", {
  resume: text({
    bare: true,
    help: "Folder of the model whose run is resumed. Without a folder: the folder of --output.",
  }),
  verify: verifyOption,
});
