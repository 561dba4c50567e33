import { formatTurn, type Turn } from "../sample.ts";
import type { AnnotatedText, IndexValues } from "../taaco/types.ts";
import { type Analyser, countTextWords } from "./analyser.ts";
import type { ScoredText } from "./calibration.ts";
import { type ContextWords, collectContextWords } from "./guards.ts";
import type { ScorePreset } from "./preset.ts";

/** A partial dialogue after analysis, which is done once for all turns that may follow. */
export interface PreparedContext {
  readonly turns: readonly Turn[];
  /** The next speaker. */
  readonly speaker: string;
  readonly paragraphs: AnnotatedText;
  /** Words of the turns, which the guards compare with those of the new turn. */
  readonly words: ContextWords;
}

/** Values of a preset's indices, and the length in words of the text that they were measured on. */
export interface Measured {
  readonly values: IndexValues;
  readonly words: number;
}

/** The values of a new turn. */
export interface TurnValues extends Measured {
  /** Connectives per word of the turn alone; null when it has no words or no guard needs it. */
  readonly connectives: number | null;
}

const CONNECTIVES = "all_connective";

/** Returns what is analysed of a partial dialogue: its turns, or its text with the speaker labels. */
export const contextInput = (
  { turns }: { readonly turns: readonly Turn[] },
  labels: boolean,
): string | { turns: readonly Turn[] } => (labels ? turns.map(formatTurn).join("\n") : { turns });

/**
 * Analyses a partial dialogue.
 * @param labels whether the speaker labels are part of the text, as in the original experiment
 */
export function prepareContext(
  taaco: Analyser,
  prompt: { readonly turns: readonly Turn[]; readonly speaker: string },
  labels: boolean,
): PreparedContext {
  const { turns, speaker } = prompt;
  const paragraphs = taaco.analyse(contextInput(prompt, labels));
  return { turns, speaker, paragraphs, words: collectContextWords(turns.map(({ text }) => text)) };
}

/** Measures the values of a turn in its context that a preset needs. */
export function measureTurn(
  taaco: Analyser,
  context: PreparedContext,
  turn: string,
  preset: ScorePreset,
  scoredText: ScoredText,
): TurnValues {
  const spoken = { speaker: context.speaker, text: turn };
  const analysed = preset.experiment ? taaco.analyse(formatTurn(spoken)) : taaco.analyse({ turns: [spoken] });
  const names = preset.terms.map(({ index }) => index);
  const needsConnectives = preset.guards.some(({ name }) => name === "linked");
  if (preset.scope === "turn") {
    const official = taaco.indices(
      { paragraphs: analysed },
      { only: [...names, ...(needsConnectives ? [CONNECTIVES] : [])] },
    );
    const values = { ...official, ...taaco.turnExtras(analysed, context.paragraphs) };
    return { values, words: countTextWords(analysed), connectives: official[CONNECTIVES] ?? null };
  }
  const paragraphs = scoredText === "dialogue" ? [...context.paragraphs, ...analysed] : analysed;
  const values = taaco.indices({ paragraphs }, { only: names });
  const turnValues = needsConnectives ? taaco.indices({ paragraphs: analysed }, { only: [CONNECTIVES] }) : {};
  return { values, words: countTextWords(paragraphs), connectives: turnValues[CONNECTIVES] ?? null };
}
