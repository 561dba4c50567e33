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

/** A mean difference with its 95 % interval. */
export type Interval = Pick<Comparison, "difference" | "low" | "high">;

/** What an interval says of a difference: clearly up or down, no clear change, or nothing without an interval. */
export type Change = "up" | "down" | "unclear" | "unknown";

/** Returns what the interval of a difference says. A bound of exactly zero does not exclude zero. */
export function changeOf({ low, high }: Pick<Interval, "low" | "high">): Change {
  if (low === null || high === null) return "unknown";
  return low > 0 ? "up" : high < 0 ? "down" : "unclear";
}

/** Returns whether the interval of the difference excludes zero. */
export const isClear = (interval: Pick<Interval, "low" | "high">): boolean =>
  ["up", "down"].includes(changeOf(interval));

/** Returns how clearly a difference stands out, in half widths of its interval; 0 without an interval. */
export function clarity({ difference, low, high }: Interval): number {
  if (difference === null || low === null || high === null || high <= low) return 0;
  return Math.abs(difference) / ((high - low) / 2);
}

/** The values of a measure for the turns of the teacher and the human, with which the child's are compared. */
export interface Baselines {
  readonly teacher: number | null;
  readonly human: number | null;
}

/** Values of a measure: before, after, their difference, and the baselines where they exist. */
export type MeasureValues = Comparison & Partial<Baselines>;

/** An evaluated dialogue with the turns that were generated for it. */
export interface EvaluationSample {
  readonly id: string;
  readonly turns: readonly { readonly speaker: string; readonly text: string }[];
  readonly before: string;
  readonly after: string;
  /** The teacher's version of the turn after training; null without a teacher. */
  readonly teacher: string | null;
  readonly human: string | null;
  /** Child score after training minus the mean of the teacher's; absent from files of older versions. */
  readonly reward?: number | null;
  readonly scores: Baselines & { readonly before: number | null; readonly after: number | null };
  /** Names of the guards that lowered each score; absent from files of older versions. */
  readonly guards?: Readonly<Record<"before" | "after" | "teacher" | "human", readonly string[]>>;
}

/** evaluation.json, which the command `evaluate` writes. */
export interface EvaluationRecord {
  readonly dialogues: number;
  readonly samplesPerPrompt: number;
  /** Child score minus teacher score; the child score alone without a teacher. */
  readonly reward: Comparison;
  readonly childScore: Comparison & Baselines;
  /**
   * Child scores compared with other authors' turns in the same dialogues; null where there are no such turns. Absent
   * from files of older versions.
   */
  readonly margins?: {
    /** Child score before training minus the score of the human turn. */
    readonly overHumanBefore: Interval;
    /** Child score after training minus the score of the human turn. */
    readonly overHumanAfter: Interval;
    /** Reward before training: child score minus teacher score. Null without a teacher. */
    readonly overTeacherBefore: Interval;
  };
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
  /** What has seen dialogues of the evaluation before, such as a child in its pretraining, and how many of them. */
  readonly seen?: readonly { readonly by: string; readonly count: number }[];
  /** Where models and data came from, and how turns were sampled and scored. */
  readonly setting?: Readonly<Record<string, unknown>>;
}

/** Child scores compared with other authors' turns in the same dialogues. */
export type Margins = NonNullable<EvaluationRecord["margins"]>;

/** Returns whether the run was trained with a reward of the user's own, so that the reward here is another one. */
export const isOfOwnReward = ({ setting }: Pick<EvaluationRecord, "setting">): boolean =>
  setting?.ownReward === true;
