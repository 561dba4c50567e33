interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly hung: boolean;
  readonly stderr: string;
  readonly error?: Error;
}
/** Returns what is wrong with the way in which a command failed; undefined when it ended with one clear line. */
export function complaint(outcome: Outcome, codes: readonly number[]): string | undefined;
