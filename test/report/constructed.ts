import type { Comparison, EvaluationRecord } from "../../lib/run/evaluation.ts";

/** Returns a comparison whose interval reaches `half` to both sides of the difference. */
export const compared = (before: number, after: number, half = 0.001): Comparison => ({
  before,
  after,
  difference: after - before,
  low: after - before - half,
  high: after - before + half,
});

/** Returns a comparison without values. */
export const absent: Comparison = { before: null, after: null, difference: null, low: null, high: null };

const interval = (difference: number, half: number) => ({
  difference,
  low: difference - half,
  high: difference + half,
});

/** Returns an evaluation in which the reward rose and nothing else is remarkable. */
export function constructed(changes: Partial<EvaluationRecord> = {}): EvaluationRecord {
  return {
    dialogues: 271,
    samplesPerPrompt: 4,
    reward: compared(-0.1, 0.01),
    childScore: { ...compared(0.4, 0.44), teacher: 0.43, human: 0.45 },
    margins: {
      overHumanBefore: interval(-0.05, 0.01),
      overHumanAfter: interval(-0.01, 0.02),
      overTeacherBefore: interval(-0.1, 0.01),
    },
    kl: compared(0, 2),
    perplexity: compared(30, 30.2, 0.5),
    length: { ...compared(11, 11.2, 0.5), teacher: 12, human: 12.7 },
    repetition: { ...compared(0.02, 0.02), teacher: 0.01, human: 0.02 },
    indices: {},
    ...changes,
  };
}
