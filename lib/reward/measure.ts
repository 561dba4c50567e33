import { formatTurn, type Turn } from "../sample.ts";
import type { AnnotatedText, IndexValues } from "../taaco/types.ts";
import { type Analyser, lengthOf } from "./analyser.ts";
import type { ScoredText } from "./calibration.ts";
import { type Said, saidIn } from "./guards.ts";
import type { ScorePreset } from "./preset.ts";

/** A partial dialogue, analysed once for every turn that may follow it. */
export interface PreparedContext {
  readonly turns: readonly Turn[];
  /** Who speaks next. */
  readonly speaker: string;
  readonly paragraphs: AnnotatedText;
  readonly said: Said;
}

/** Values of a preset's indices, and the length in words of what they were measured on. */
export interface Measured {
  readonly values: IndexValues;
  readonly words: number;
}

/** A turn after analysis. */
export interface MeasuredTurn extends Measured {
  /** Connectives over words of the turn alone. */
  readonly connectives: number | null;
}

const CONNECTIVES = "all_connective";

/** Analyses a partial dialogue; with labels, each turn is a line that begins with its speaker's. */
export function prepareContext(
  taaco: Analyser,
  prompt: { readonly turns: readonly Turn[]; readonly speaker: string },
  labels: boolean,
): PreparedContext {
  const { turns, speaker } = prompt;
  const paragraphs = labels ? taaco.analyse(turns.map(formatTurn).join("\n")) : taaco.analyse({ turns });
  return { turns, speaker, paragraphs, said: saidIn(turns.map(({ text }) => text)) };
}

/** Measures what a preset needs of a turn after its context. */
export function measureTurn(
  taaco: Analyser,
  context: PreparedContext,
  turn: string,
  preset: ScorePreset,
  scoredText: ScoredText,
): MeasuredTurn {
  const spoken = { speaker: context.speaker, text: turn };
  const own = preset.experiment ? taaco.analyse(formatTurn(spoken)) : taaco.analyse({ turns: [spoken] });
  const names = preset.terms.map(({ index }) => index);
  const isGuarded = preset.guards.some(({ name }) => name === "linked");
  if (preset.scope === "turn") {
    const official = taaco.indices(
      { paragraphs: own },
      { only: [...names, ...(isGuarded ? [CONNECTIVES] : [])] },
    );
    const values = { ...official, ...taaco.turnExtras(own, context.paragraphs) };
    return { values, words: lengthOf(own), connectives: official[CONNECTIVES] ?? null };
  }
  const paragraphs = scoredText === "dialogue" ? [...context.paragraphs, ...own] : own;
  const values = taaco.indices({ paragraphs }, { only: names });
  const alone = isGuarded ? taaco.indices({ paragraphs: own }, { only: [CONNECTIVES] }) : {};
  return { values, words: lengthOf(paragraphs), connectives: alone[CONNECTIVES] ?? null };
}
