/** One line of training_log.jsonl: the statistics of a step. */
export interface StepLog {
  readonly step: number;
  /** ISO 8601. */
  readonly time: string;
  /** Scalars under TRL's names. JSON has no NaN, so a value that is not finite is null. */
  readonly stats: Readonly<Record<string, number | null>>;
  /** Names of the statistics that were not finite. */
  readonly nan_keys?: readonly string[];
}

/** One line of samples.jsonl: a dialogue of a step with the turns that were written for it. */
export interface SampleRecord {
  readonly step: number;
  /** Id of the dialogue. */
  readonly id: string;
  readonly turns: readonly { readonly speaker: string; readonly text: string }[];
  readonly child: string;
  readonly teacher: string;
  readonly human: string | null;
  readonly childScore: number | null;
  readonly teacherScore: number | null;
  /** What PPO was given, before scaling. */
  readonly reward?: number;
  /** Raw values of the indices behind the child's score. */
  readonly childParts?: Readonly<Record<string, number | null>>;
}
