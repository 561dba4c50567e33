import type { Dialogue } from "../data/dialogue.ts";
import { normaliseLineEnds } from "../line-ends.ts";
import { formatTurn, type Turn } from "../sample.ts";

/**
 * Length of a prompt: a number of turns, or "all" for the whole text unchanged. A negative number leaves out turns at
 * the end: -1 means all turns but the last. With "all", there is no reference turn.
 */
export type PromptTurns = number | "all";

/** A partial dialogue that a model continues. */
export interface Prompt {
  /** Id of the dialogue. */
  readonly id: string;
  /** Input of the child: one turn per line, then the label of the next speaker without a space after it. */
  readonly text: string;
  /** The partial dialogue with its speaker labels. Line ends are line feeds. */
  readonly partial: string;
  /** Turns of the partial dialogue. */
  readonly turns: readonly Turn[];
  /** The next speaker; empty for a whole text. */
  readonly speaker: string;
  /** Text of the turn that follows the prompt in the data; null when there is none. */
  readonly human: string | null;
}

/** Returns the most recent speaker other than the last one. When there is none, returns B after A, otherwise A. */
function nextSpeaker(turns: readonly Turn[]): string {
  const last = turns.at(-1)?.speaker ?? "A";
  const other = turns.findLast(({ speaker }) => speaker !== last && speaker !== "")?.speaker;
  return other ?? (last === "A" ? "B" : "A");
}

/**
 * Splits a dialogue into a prompt and the turn that follows it.
 * @param promptTurns length of the prompt, by default all turns but the last
 * @returns undefined when the dialogue has too few turns: the prompt needs at least one turn, and one turn must follow
 *   it
 */
export function buildPrompt(dialogue: Dialogue, promptTurns: PromptTurns = -1): Prompt | undefined {
  const { id, turns } = dialogue;
  if (promptTurns === "all") {
    const text = normaliseLineEnds(dialogue.text);
    return { id, text, partial: text, turns, speaker: "", human: null };
  }
  const count = promptTurns < 0 ? turns.length + promptTurns : promptTurns;
  const next = turns[count];
  if (count < 1 || next === undefined) return undefined;
  return promptOf(id, turns.slice(0, count), next.speaker, next.text);
}

/**
 * Creates a prompt from turns, which need not come from a corpus.
 * @param speaker the next speaker, by default the counterpart of the last one
 * @param human text of the turn that follows in the data
 */
export function promptOf(
  id: string,
  turns: readonly Turn[],
  speaker: string = nextSpeaker(turns),
  human: string | null = null,
): Prompt {
  const partial = normaliseLineEnds(turns.map(formatTurn).join("\n"));
  return { id, text: `${partial}\n${speaker}::`, partial, turns, speaker, human };
}

/** Returns the partial dialogue of a prompt's text: the text without the label of the next speaker. */
export const partialOf = ({
  prompt,
  speaker,
}: {
  readonly prompt: string;
  readonly speaker: string;
}): string => (speaker === "" ? prompt : prompt.slice(0, -`\n${speaker}::`.length));

/** Returns the prompt without its oldest turns; undefined when no turn would remain or the prompt is a whole text. */
export function withoutOldestTurns(prompt: Prompt, count: number): Prompt | undefined {
  const { id, turns, speaker, human } = prompt;
  if (turns.length <= count || speaker === "") return undefined;
  return promptOf(id, turns.slice(count), speaker, human);
}
