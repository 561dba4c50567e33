import { createPauses } from "../event-loop.ts";
import { mean } from "../mean.ts";
import type { Sample } from "../sample.ts";
import type { CompositeScore } from "./composite.ts";
import { DialogueScoring, isScored } from "./dialogue-scoring.ts";
import {
  type BatchScoring,
  isFailure,
  type Reward,
  type RewardFailure,
  type RewardResult,
  type SamplePrompt,
} from "./reward.ts";
import type { Scorer } from "./scorer.ts";
import { WorkAhead } from "./work-ahead.ts";

/** Composite scores of the turns that continue one dialogue. */
export interface TurnScores {
  /** As {@link rewardOf} computes it. */
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

/** Returns the reward of a turn: its score minus the mean score of the teacher's turns, or its score without any. */
export const rewardOf = (childScore: number, teacherScores: readonly number[]): number =>
  childScore - (teacherScores.length > 0 ? mean(teacherScores) : 0);

/**
 * Scores the turns of the child, the teacher and the human in the same context, which is analysed once.
 * @param scoring the scoring of the sample's dialogue, if it has begun
 */
export function scoreTurns(
  scorer: Scorer,
  sample: ScorableSample,
  scoring: DialogueScoring = new DialogueScoring(scorer, sample),
): TurnScores | RewardFailure {
  const { failure } = scoring;
  if (failure) return failure;
  const child = scoring.child(sample.child);
  if (isFailure(child)) return child;
  const attempts = sample.teachers.map((turn) => scoring.teacher(turn));
  const teachers = attempts.filter(isScored);
  const firstFailure = attempts.find(isFailure);
  if (teachers.length === 0 && firstFailure) return firstFailure;
  const { human } = scoring;
  const teacherScores = teachers.map(({ value }) => value);
  return {
    reward: rewardOf(child.value, teacherScores),
    child,
    teachers,
    teacherScore: teachers.length > 0 ? mean(teacherScores) : undefined,
    human: human && isScored(human) ? human : undefined,
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

/** Scores samples one after the other; `scorings` holds their scorings that have begun. */
async function scoreSamples(
  scorer: Scorer,
  samples: readonly Sample[],
  scorings: readonly DialogueScoring[],
  signal: AbortSignal | undefined,
): Promise<(RewardResult | RewardFailure)[]> {
  const results: (RewardResult | RewardFailure)[] = [];
  const pause = createPauses(signal);
  for (const [index, sample] of samples.entries()) {
    await pause();
    const scoring = scorings[index] ?? new DialogueScoring(scorer, sample);
    await scoring.prepare(pause);
    const scores = scoreTurns(scorer, sample, scoring);
    results.push(isFailure(scores) ? scores : toResult(scores));
  }
  return results;
}

/** The cohesion of the child's turn minus the cohesion of the teacher's turn, both measured by TAACO's indices. */
export class TaacoReward implements Reward {
  readonly name = "taaco";
  readonly independent = true;
  readonly scorer: Scorer;

  constructor(scorer: Scorer) {
    this.scorer = scorer;
  }

  /**
   * Begins to score a batch. The main thread is idle while the models generate on the engine's thread, so it analyses
   * the dialogues and the human turns, then the child's turns, and then each turn of the teacher that is complete.
   * After the generation, only the turns that the teacher completed last are left.
   */
  begin(prompts: readonly SamplePrompt[], signal?: AbortSignal): BatchScoring {
    const scorings = prompts.map((prompt) => new DialogueScoring(this.scorer, prompt));
    const ahead = new WorkAhead(signal);
    const pause = createPauses(signal);
    ahead.add(...scorings.map((one) => () => one.prepare(pause)));
    ahead.add(...scorings.map((one) => () => one.human));
    return {
      childTurns: (turns) => ahead.add(...turns.map((turn, at) => () => scorings[at]?.child(turn))),
      teacherTurn: (prompt, turn) => ahead.add(() => scorings[prompt]?.teacher(turn)),
      score: (samples, scoreSignal) => {
        ahead.stop();
        return scoreSamples(this.scorer, samples, scorings, scoreSignal);
      },
    };
  }

  /** @throws DialoguePpoError ERR_ABORTED */
  score(samples: readonly Sample[], signal?: AbortSignal): Promise<(RewardResult | RewardFailure)[]> {
    return scoreSamples(this.scorer, samples, [], signal);
  }
}
