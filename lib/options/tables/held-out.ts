import { fixed, group, integer, number } from "../option.ts";

/** Options of the evaluation on held-out dialogues during a run. */
export const HELD_OUT_OPTIONS = group("Held-out evaluation", {
  evalInterval: integer({
    min: 1,
    help: "Steps between two evaluations on held-out dialogues during training. Default: none.",
  }),
  ...fixed({
    evalDialogues: integer({
      default: 64,
      min: 1,
      help: "Number of held-out dialogues that each evaluation during training uses, at most.",
    }),
  }),
  patience: integer({
    min: 1,
    help: "Stop after this many evaluations in a row without a better checkpoint. Default: the run takes all its steps.",
  }),
  maxEvalKl: number({
    default: 10,
    above: 0,
    help: "Largest held-out KL divergence of the best checkpoint, in nats per turn.",
  }),
  maxEvalPerplexity: number({
    default: 1.1,
    min: 1,
    help: "Largest perplexity of human turns under the best checkpoint, as a multiple of that before training.",
  }),
  maxEvalLength: number({
    default: 1.25,
    min: 1,
    help: "Largest factor by which the best checkpoint's turns may be longer or shorter than those before training.",
  }),
});
