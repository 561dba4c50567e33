import type { StepRecord } from "../page/run-charts.ts";
import type { EvaluationRecord } from "../run/evaluation.ts";
import type { SampleRecord } from "../run/records.ts";

/** Data of a run for its report, read by `readRun`. */
export interface RunRecord {
  /** Name of the run folder. */
  readonly name: string;
  /** Resolved configuration, by camelCase option. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly steps: readonly StepRecord[];
  readonly samples: readonly SampleRecord[];
  /** Result of `evaluate`; undefined when the run was not evaluated. */
  readonly evaluation: EvaluationRecord | undefined;
}
