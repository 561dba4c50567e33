import { DialoguePpoError } from "../errors.ts";
import { yieldToEventLoop } from "../event-loop.ts";
import type { Sample } from "../sample.ts";
import type { CompositeScore } from "./composite.ts";
import type { PreparedContext } from "./measure.ts";
import type { Reward, RewardFailure, RewardResult } from "./reward.ts";
import type { Scorer } from "./scorer.ts";

/** Composite scores of the turns that continue one dialogue. */
export interface TurnScores {
  /** Child's score minus the mean of the teacher's scores; the child's score without a teacher. */
  readonly reward: number;
  readonly child: CompositeScore;
  /** Scores of the teacher turns that could be scored. */
  readonly teachers: readonly CompositeScore[];
  /** Mean of the teacher's scores; undefined when there is none. */
  readonly teacherScore: number | undefined;
  /** Score of the human turn, for comparison only; undefined when there is none or it could not be scored. */
  readonly human: CompositeScore | undefined;
}

/** The part of a sample that scoring uses. */
export type ScorableSample = Pick<Sample, "turns" | "speaker" | "child" | "teachers" | "human">;

type Attempt = CompositeScore | RewardFailure;

const failed = (attempt: Attempt): attempt is RewardFailure => "reason" in attempt;
const scored = (attempt: Attempt): attempt is CompositeScore => !failed(attempt);

function tryScore(scorer: Scorer, context: PreparedContext, turn: string): Attempt {
  try {
    return scorer.score(context, turn);
  } catch (error) {
    if (!(error instanceof DialoguePpoError) || error.code !== "ERR_DATA") throw error;
    return { reason: error.message };
  }
}

/** Analyses the dialogue before the turns. A dialogue that cannot be analysed costs its sample, not the run. */
function tryPrepare(scorer: Scorer, sample: ScorableSample): PreparedContext | RewardFailure {
  try {
    return scorer.prepare(sample);
  } catch (error) {
    if (error instanceof DialoguePpoError && error.code !== "ERR_DATA") throw error;
    return {
      reason: `a dialogue could not be analysed: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

// An empty turn of the teacher is a failure, whereas an empty turn of the child gets the lowest score.
function tryTeacher(scorer: Scorer, context: PreparedContext, turn: string): Attempt {
  return turn.trim() === "" ? { reason: "the teacher's turn is empty" } : tryScore(scorer, context, turn);
}

const mean = (scores: readonly CompositeScore[]): number =>
  scores.reduce((sum, { value }) => sum + value, 0) / scores.length;

/** Scores the turns of the child, the teacher and the human in the same context, which is analysed once. */
export function scoreTurns(scorer: Scorer, sample: ScorableSample): TurnScores | RewardFailure {
  const context = tryPrepare(scorer, sample);
  if ("reason" in context) return context;
  const child = tryScore(scorer, context, sample.child);
  if (failed(child)) return child;
  const attempts = sample.teachers.map((turn) => tryTeacher(scorer, context, turn));
  const teachers = attempts.filter(scored);
  const firstFailure = attempts.find(failed);
  if (teachers.length === 0 && firstFailure) return firstFailure;
  const human = sample.human ? tryScore(scorer, context, sample.human) : undefined;
  const teacherScore = teachers.length > 0 ? mean(teachers) : undefined;
  return {
    reward: child.value - (teacherScore ?? 0),
    child,
    teachers,
    teacherScore,
    human: human && scored(human) ? human : undefined,
  };
}

function toResult(scores: TurnScores): RewardResult {
  const { reward, child, teacherScore, human } = scores;
  const parts = Object.entries(child.parts).map(([name, { value }]) => [name, value] as const);
  return {
    reward,
    parts: Object.fromEntries(parts),
    scores: { child: child.value, teacher: teacherScore, human: human?.value },
  };
}

/** Samples between two checks of the signal. Scoring is synchronous and takes about a millisecond per turn. */
const SAMPLES_PER_YIELD = 16;

/** The cohesion of the child's turn minus the cohesion of the teacher's turn, both measured by TAACO's indices. */
export class TaacoReward implements Reward {
  readonly name = "taaco";
  readonly scorer: Scorer;

  constructor(scorer: Scorer) {
    this.scorer = scorer;
  }

  /** @throws DialoguePpoError ERR_ABORTED */
  async score(samples: readonly Sample[], signal?: AbortSignal): Promise<(RewardResult | RewardFailure)[]> {
    const results: (RewardResult | RewardFailure)[] = [];
    for (const [index, sample] of samples.entries()) {
      if (index % SAMPLES_PER_YIELD === SAMPLES_PER_YIELD - 1) await yieldToEventLoop(signal);
      const scores = scoreTurns(this.scorer, sample);
      results.push("reason" in scores ? scores : toResult(scores));
    }
    return results;
  }
}
