import type { ScoredSample } from "../sample.ts";

/** One line of training_log.jsonl: the statistics of a step. */
export interface StepLog {
  readonly step: number;
  /** Time at which the step ended, in ISO 8601. */
  readonly time: string;
  /** Scalars under TRL's names. JSON has no NaN, so a value that is not finite is null. */
  readonly stats: Readonly<Record<string, number | null>>;
  /** Names of the statistics that were not finite. */
  readonly nan_keys?: readonly string[];
}

/** One line of samples.jsonl: a dialogue of a step with the turns that were generated for it. */
export type SampleRecord = { readonly step: number } & Pick<
  ScoredSample,
  "id" | "turns" | "child" | "teacher" | "human" | "childScore" | "teacherScore" | "reward" | "childParts"
>;
