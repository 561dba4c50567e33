/** Where progress, warnings and notes go; results never pass here. */
export interface Logger {
  /** Something the reader should know. */
  info(message: string): void;
  /** Something the reader may have to act on. */
  warn(message: string): void;
}

/** Says nothing; the default of the library. */
export const silentLogger: Logger = { info: () => {}, warn: () => {} };

/** A count as a note gives it: "1 step", "1,200 steps". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : plural}`;
}

/** What a run logs of one step: a line of training_log.jsonl. */
export interface StepLog {
  readonly step: number;
  /** ISO 8601. */
  readonly time: string;
  /** Scalars under TRL's names; JSON has no NaN, so a value that is not finite is null. */
  readonly stats: Readonly<Record<string, number | null>>;
  /** Names of the statistics that were not finite. */
  readonly nan_keys?: readonly string[];
}

/** What a run keeps of one dialogue of a step: a line of samples.jsonl. */
export interface SampleRecord {
  readonly step: number;
  /** Of the dialogue. */
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
