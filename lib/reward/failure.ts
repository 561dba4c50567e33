import { DialoguePpoError } from "../errors.ts";
import type { SpokenTurn } from "./analyser.ts";
import type { CompositeScore } from "./composite.ts";
import type { Scorer } from "./scorer.ts";

/** What becomes of a sample that has no score: left out, counted as no difference, or the end of the run. */
export type FailurePolicy = "drop" | "zero" | "fail";

/** A dialogue after the exchange, as far as scoring needs it. */
export interface ScorableSample {
  readonly id: string;
  readonly turns: readonly SpokenTurn[];
  readonly speaker: string;
  readonly child: string;
  /** Empty when there is no teacher: the reward is then the child's score. */
  readonly teachers: readonly string[];
  /** The turn that was said, if it is known: scored for comparison, no part of the reward. */
  readonly human?: string | null;
}

/** A sample with its scores. */
export interface ScoredSample {
  readonly reward: number;
  /** Undefined when the policy `zero` stands in for a failure. */
  readonly child: CompositeScore | undefined;
  /** One a teacher turn that could be scored. */
  readonly teachers: readonly CompositeScore[];
  /** Mean of the teacher's scores; undefined without any. */
  readonly teacherScore: number | undefined;
  readonly human: CompositeScore | undefined;
  /** What failed, under policy `zero`. */
  readonly failure: string | undefined;
}

/** A sample that the policy `drop` leaves out, and why. */
export interface DroppedSample {
  readonly dropped: string;
}

interface Attempt {
  readonly score?: CompositeScore;
  readonly reason?: string;
}

/** A teacher that said nothing has failed; a child that said nothing has the lowest score. */
function teacherAttempt(score: (turn: string) => Attempt, turn: string): Attempt {
  return turn.trim() === "" ? { reason: "the teacher's turn is empty" } : score(turn);
}

/**
 * Scores child, teacher and human turn in one context: reward = child score - mean of the teacher's scores.
 * @throws DialoguePpoError ERR_DATA under policy `fail`, naming the sample
 */
export function scoreSample(
  scorer: Scorer,
  sample: ScorableSample,
  policy: FailurePolicy,
): ScoredSample | DroppedSample {
  try {
    return rewarded(scorer, sample);
  } catch (error) {
    if (!(error instanceof DialoguePpoError) || error.code !== "ERR_DATA") throw error;
    const reason = error.message;
    if (policy === "fail")
      throw new DialoguePpoError("ERR_DATA", `${sample.id}: ${reason}`, { cause: error });
    if (policy === "drop") return { dropped: reason };
    return {
      reward: 0,
      child: undefined,
      teachers: [],
      teacherScore: undefined,
      human: undefined,
      failure: reason,
    };
  }
}

function rewarded(scorer: Scorer, sample: ScorableSample): ScoredSample {
  const context = scorer.prepare(sample);
  const attempt = (turn: string): Attempt => {
    try {
      return { score: scorer.score(context, turn) };
    } catch (error) {
      if (!(error instanceof DialoguePpoError)) throw error;
      return { reason: error.message };
    }
  };
  const child = scorer.score(context, sample.child);
  const attempts = sample.teachers.map((turn) => teacherAttempt(attempt, turn));
  const teachers = attempts.flatMap(({ score }) => (score ? [score] : []));
  if (attempts.length > 0 && teachers.length === 0) {
    throw new DialoguePpoError("ERR_DATA", attempts[0]?.reason ?? "no turn of the teacher could be scored");
  }
  const teacherScore =
    teachers.length > 0 ? teachers.reduce((sum, { value }) => sum + value, 0) / teachers.length : undefined;
  const human = sample.human ? attempt(sample.human).score : undefined;
  return {
    reward: child.value - (teacherScore ?? 0),
    child,
    teachers,
    teacherScore,
    human,
    failure: undefined,
  };
}
