import { z } from "zod";

/** What an evaluation on held-out dialogues measures of a child. */
export interface HeldOutFigures {
  /** Mean reward. */
  readonly reward: number;
  /** KL divergence from the child before training, in nats per turn. */
  readonly kl: number;
  /** Perplexity of human turns; null when no dialogue has one. */
  readonly perplexity: number | null;
  /** Mean length of the child's turns in words. */
  readonly words: number;
}

/** Largest KL divergence, and largest factors by which perplexity and length may change. */
export interface SelectionLimits {
  readonly kl: number;
  readonly perplexity: number;
  readonly length: number;
}

/** The best checkpoint of a run so far, and why it is the best. */
export interface Selection {
  /** The best checkpoint's step and figures; null when no checkpoint keeps the limits. */
  readonly best: (HeldOutFigures & { readonly step: number }) | null;
  /** The child before training. */
  readonly before: HeldOutFigures;
  readonly limits: SelectionLimits;
  /** Number of evaluations so far. */
  readonly evaluations: number;
  /** Number of evaluations since the best one. */
  readonly withoutBetter: number;
  /** One sentence that says what was chosen and why. */
  readonly reason: string;
}

const figures = {
  reward: z.number(),
  kl: z.number(),
  perplexity: z.number().nullable(),
  words: z.number(),
};

/** Schema of {@link Selection}. */
export const SELECTION: z.ZodType<Selection> = z.looseObject({
  best: z.looseObject({ step: z.int().min(0), ...figures }).nullable(),
  before: z.looseObject(figures),
  limits: z.looseObject({ kl: z.number(), perplexity: z.number(), length: z.number() }),
  evaluations: z.int().min(0),
  withoutBetter: z.int().min(0),
  reason: z.string(),
});
