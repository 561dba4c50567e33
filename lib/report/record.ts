import type { SampleRecord } from "../log.ts";
import type { StepRecord } from "../page/run-charts.ts";

/** What a report needs to know of a run; made from its folder by `readRun`. */
export interface RunRecord {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly steps: readonly StepRecord[];
  readonly samples: readonly SampleRecord[];
  readonly evaluation: EvaluationRecord | undefined;
}

export interface Comparison {
  readonly before: number | null;
  readonly after: number | null;
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** evaluation.json, as the command `evaluate` writes it. */
export interface EvaluationRecord {
  readonly dialogues: number;
  readonly reward: Comparison;
  readonly childScore: Comparison;
  readonly kl: Comparison;
  readonly perplexity: Comparison;
  readonly length: Comparison;
  readonly repetition: Comparison;
  readonly indices: Readonly<
    Record<string, Comparison & { readonly teacher: number | null; readonly human: number | null }>
  >;
}
