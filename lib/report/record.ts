import type { StepRecord } from "../page/run-charts.ts";
import type { EvaluationRecord } from "../run/evaluation.ts";
import type { SampleRecord } from "../run/records.ts";

/** What a report needs to know of a run; made from its folder by `readRun`. */
export interface RunRecord {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly steps: readonly StepRecord[];
  readonly samples: readonly SampleRecord[];
  readonly evaluation: EvaluationRecord | undefined;
}
