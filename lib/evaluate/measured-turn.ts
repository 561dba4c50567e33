import { countWords } from "../data/dialogue.ts";
import { repetition } from "../data/repetition.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import { messageOf } from "../errors.ts";
import { actingGuards, type CompositeScore } from "../reward/composite.ts";
import { EMPTY_TEACHER_TURN } from "../reward/dialogue-scoring.ts";
import type { AnnotatedText, IndexValues } from "../taaco/types.ts";

/** The part of `Taaco` that measures turns: analysis and the three groups of indices. */
export interface TurnIndexer {
  analyse(input: { turns: readonly { speaker: string; text: string }[] }): AnnotatedText;
  indices(input: { paragraphs: AnnotatedText }): IndexValues;
  extras(input: { paragraphs: AnnotatedText }): IndexValues;
  turnExtras(turn: AnnotatedText, context: AnnotatedText): IndexValues;
}

/** The part of `Scorer` that scores turns. */
export interface TurnScorer<Context = unknown> {
  prepare(prompt: Pick<Prompt, "turns" | "speaker">): Context;
  score(context: Context, turn: string): Pick<CompositeScore, "value" | "parts">;
}

/** All measures of one turn. */
export interface MeasuredTurn {
  /** Null when the turn could not be analysed, and for an empty turn of the teacher. */
  readonly score: number | null;
  /** Names of the guards that lowered the score. */
  readonly guards: readonly string[];
  /** Length in words. */
  readonly words: number;
  /** Share of the word pairs that repeat an earlier pair; null for a turn of fewer than two words. */
  readonly repetition: number | null;
  readonly indices: IndexValues;
}

/** Options of {@link TurnMeasurer}. */
export interface MeasureOptions<Context> {
  readonly scorer: TurnScorer<Context>;
  readonly indexer: TurnIndexer;
  /**
   * Returns the scorer's analysis of the dialogue, when the indexer can use it. Default: the indexer analyses the
   * dialogue itself.
   */
  readonly sharedContext?: ((context: Context) => AnnotatedText) | undefined;
  /** Whether the indices measure the dialogue with the turn or the turn alone. */
  readonly scoredText: "dialogue" | "continuation";
}

/** Measures turns that continue the same dialogue, which is analysed once. */
export class TurnMeasurer<Context> {
  readonly #options: MeasureOptions<Context>;
  readonly #speaker: string;
  readonly #context: AnnotatedText;
  readonly #prepared: Context;
  readonly #known = new Map<string, MeasuredTurn>();
  /** Reasons why turns have no score, one per turn. */
  readonly failures: string[] = [];

  constructor(prompt: Pick<Prompt, "turns" | "speaker">, options: MeasureOptions<Context>) {
    this.#options = options;
    this.#speaker = prompt.speaker;
    this.#prepared = options.scorer.prepare(prompt);
    this.#context =
      options.sharedContext?.(this.#prepared) ?? options.indexer.analyse({ turns: prompt.turns });
  }

  /** Measures a turn. The same text is measured only once. */
  measure(turn: string): MeasuredTurn {
    const known = this.#known.get(turn);
    if (known) return known;
    const measured = this.#measureNew(turn);
    this.#known.set(turn, measured);
    return measured;
  }

  /**
   * Measures a turn of the teacher. An empty one has no score, as in training, whereas an empty turn of the child gets
   * the lowest.
   */
  measureTeacher(turn: string): MeasuredTurn {
    const measured = this.measure(turn);
    if (turn.trim() !== "") return measured;
    this.failures.push(EMPTY_TEACHER_TURN);
    return { ...measured, score: null, guards: [] };
  }

  #measureNew(turn: string): MeasuredTurn {
    const plain = { words: countWords(turn), repetition: repetition(turn) };
    try {
      const score = this.#options.scorer.score(this.#prepared, turn);
      return { score: score.value, guards: actingGuards(score), ...plain, indices: this.#indices(turn) };
    } catch (error) {
      this.failures.push(messageOf(error));
      return { score: null, guards: [], ...plain, indices: {} };
    }
  }

  #indices(turn: string): IndexValues {
    const { indexer, scoredText } = this.#options;
    const analysed =
      turn.trim() === "" ? [] : indexer.analyse({ turns: [{ speaker: this.#speaker, text: turn }] });
    const paragraphs = scoredText === "dialogue" ? [...this.#context, ...analysed] : analysed;
    return {
      ...indexer.indices({ paragraphs }),
      ...indexer.extras({ paragraphs }),
      ...indexer.turnExtras(analysed, this.#context),
    };
  }
}
