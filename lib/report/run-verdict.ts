import { evaluationVerdict } from "./evaluation-verdict.ts";
import type { RunRecord } from "./record.ts";
import { trainingVerdict } from "./training-verdict.ts";

/** Returns the result of a run in one sentence: that of its evaluation, or else of its training. */
export const runVerdict = ({ evaluation, steps }: RunRecord): string =>
  evaluation === undefined ? trainingVerdict(steps) : evaluationVerdict(evaluation);
