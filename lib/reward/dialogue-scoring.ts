import { DialoguePpoError, messageOf } from "../errors.ts";
import type { Sample } from "../sample.ts";
import type { CompositeScore } from "./composite.ts";
import type { PreparedContext } from "./measure.ts";
import { isFailure, type RewardFailure } from "./reward.ts";
import type { Scorer } from "./scorer.ts";

/** The score of a turn, or the reason why it has none. */
export type Attempt = CompositeScore | RewardFailure;

/** Why an empty turn of the teacher has no score: beside it, any turn of the child would seem good. */
export const EMPTY_TEACHER_TURN = "the teacher's turn is empty";

export const isScored = (attempt: Attempt): attempt is CompositeScore => !isFailure(attempt);

/** Analyses the dialogue before the turns. A dialogue that cannot be analysed costs its sample, not the run. */
function tryPrepare(
  scorer: Scorer,
  prompt: Pick<Sample, "turns" | "speaker">,
): PreparedContext | RewardFailure {
  try {
    return scorer.prepare(prompt);
  } catch (error) {
    if (error instanceof DialoguePpoError && error.code !== "ERR_DATA") throw error;
    return {
      reason: `a dialogue could not be analysed: ${messageOf(error)}`,
    };
  }
}

/**
 * Scores the turns that continue one dialogue. The dialogue and each turn are analysed once, when they are first
 * needed.
 */
export class DialogueScoring {
  readonly #scorer: Scorer;
  readonly #prompt: Pick<Sample, "turns" | "speaker" | "human">;
  #prepared: PreparedContext | RewardFailure | undefined;
  #human: Attempt | undefined;
  #child: { readonly turn: string; readonly attempt: Attempt } | undefined;
  readonly #teachers = new Map<string, Attempt>();

  constructor(scorer: Scorer, prompt: Pick<Sample, "turns" | "speaker" | "human">) {
    this.#scorer = scorer;
    this.#prompt = prompt;
  }

  /** Analyses the dialogue in parts, between which it calls `pause`, unless that has been done. */
  async prepare(pause: () => Promise<void>): Promise<void> {
    if (this.#prepared !== undefined) return;
    try {
      await this.#scorer.analyseAhead(this.#prompt, pause);
    } catch (error) {
      // The analysis below meets any other error again and keeps it as the reason of the failure.
      if (error instanceof DialoguePpoError && error.code === "ERR_ABORTED") throw error;
    }
    this.#context();
  }

  /** Why the dialogue cannot be analysed; undefined when it can. */
  get failure(): RewardFailure | undefined {
    const context = this.#context();
    return isFailure(context) ? context : undefined;
  }

  /** Score of the human turn; undefined when the dialogue has none. */
  get human(): Attempt | undefined {
    if (this.#prompt.human) this.#human ??= this.#score(this.#prompt.human);
    return this.#human;
  }

  /** Scores the child's turn. */
  child(turn: string): Attempt {
    if (this.#child?.turn !== turn) this.#child = { turn, attempt: this.#score(turn) };
    return this.#child.attempt;
  }

  /**
   * Scores a turn of the teacher. An empty one is a failure, whereas an empty turn of the child gets the lowest score.
   */
  teacher(turn: string): Attempt {
    if (turn.trim() === "") return { reason: EMPTY_TEACHER_TURN };
    const attempt = this.#teachers.get(turn) ?? this.#score(turn);
    this.#teachers.set(turn, attempt);
    return attempt;
  }

  #context(): PreparedContext | RewardFailure {
    this.#prepared ??= tryPrepare(this.#scorer, this.#prompt);
    return this.#prepared;
  }

  #score(turn: string): Attempt {
    const context = this.#context();
    if (isFailure(context)) return context;
    try {
      return this.#scorer.score(context, turn);
    } catch (error) {
      if (!(error instanceof DialoguePpoError) || error.code !== "ERR_DATA") throw error;
      return { reason: error.message };
    }
  }
}
