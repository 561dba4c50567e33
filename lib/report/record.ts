import type { StepRecord } from "../page/run-charts.ts";
import type { EvaluationRecord } from "../run/evaluation.ts";
import type { GuardLimits } from "../run/guards.ts";
import type { SampleRecord } from "../run/records.ts";
import type { TrainingInfo } from "../run/training-info.ts";

/** Data of a run for its report, read by `readRun`. */
export interface RunRecord {
  /** Name of the run folder. */
  readonly name: string;
  /** Resolved configuration, by camelCase option. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Steps, each with the time at which it ended, in ISO 8601. */
  readonly steps: readonly (StepRecord & { readonly time?: string })[];
  readonly samples: readonly SampleRecord[];
  /** Limits of the guards of the run's score. Default: it has none. */
  readonly guards?: GuardLimits;
  /** Result of `evaluate`; undefined when the run was not evaluated. */
  readonly evaluation: EvaluationRecord | undefined;
  /** Record of the newest checkpoint; undefined when there is none. */
  readonly info?: TrainingInfo | undefined;
}
