/** A mean before and after training, and the difference with its 95 % interval. */
export interface Comparison {
  readonly before: number | null;
  readonly after: number | null;
  /** `after` minus `before`. */
  readonly difference: number | null;
  /** Lower bound of the interval. */
  readonly low: number | null;
  /** Upper bound of the interval. */
  readonly high: number | null;
}

/** Returns whether the interval of the difference excludes zero. */
export const isClear = ({ low, high }: Pick<Comparison, "low" | "high">): boolean =>
  low !== null && high !== null && (low > 0 || high < 0);

/** The values of a measure for the turns of the teacher and the human, with which the child's are compared. */
export interface Baselines {
  readonly teacher: number | null;
  readonly human: number | null;
}

/** An evaluated dialogue with the turns that were generated for it. */
export interface EvaluationSample {
  readonly id: string;
  readonly turns: readonly { readonly speaker: string; readonly text: string }[];
  readonly before: string;
  readonly after: string;
  /** The teacher's version of the turn after training; null without a teacher. */
  readonly teacher: string | null;
  readonly human: string | null;
  readonly scores: Baselines & { readonly before: number | null; readonly after: number | null };
}

/** evaluation.json, which the command `evaluate` writes. */
export interface EvaluationRecord {
  readonly dialogues: number;
  readonly samplesPerPrompt: number;
  /** Child score minus teacher score; the child score alone without a teacher. */
  readonly reward: Comparison;
  readonly childScore: Comparison & Baselines;
  /** KL divergence from the child before training in nats per turn. The value before training is 0 by definition. */
  readonly kl: Comparison;
  /** Perplexity of the human turns. */
  readonly perplexity: Comparison;
  /** Length of a turn in words. */
  readonly length: Comparison & Baselines;
  /** Share of a turn's word pairs that occur earlier in the turn. */
  readonly repetition: Comparison & Baselines;
  readonly indices: Readonly<Record<string, Comparison & Baselines>>;
  readonly best?: readonly EvaluationSample[];
  readonly worst?: readonly EvaluationSample[];
  /** Where models and data came from, and how turns were sampled and scored. */
  readonly setting?: Readonly<Record<string, unknown>>;
}
