import type { Dialogue } from "../data/dialogue.ts";
import { formatTurn, type Turn } from "../sample.ts";

/**
 * How much of a dialogue is the prompt: a number of turns, counted from the end when negative (-1: all but the last), or
 * "all" for the whole text unchanged, without a reference turn.
 */
export type PromptTurns = number | "all";

/** A partial dialogue that a model continues. */
export interface Prompt {
  readonly id: string;
  /** The child's input: one turn a line, then the next speaker's label without a space. */
  readonly text: string;
  /** The partial dialogue as in the data, labels included. */
  readonly partial: string;
  readonly turns: readonly Turn[];
  /** The next speaker; empty for "all". */
  readonly speaker: string;
  /** The turn in the data that follows the prompt; null when there is none. */
  readonly human: string | null;
}

/** Returns the last speaker's counterpart: the other speaker of the dialogue, else A or B. */
function nextSpeaker(turns: readonly Turn[]): string {
  const last = turns.at(-1)?.speaker ?? "A";
  const other = turns.findLast(({ speaker }) => speaker !== last && speaker !== "")?.speaker;
  return other ?? (last === "A" ? "B" : "A");
}

/**
 * Splits a dialogue into a prompt and the turn that follows it.
 * @returns undefined when the dialogue has too few turns: the prompt needs one, and one must follow
 */
export function buildPrompt(dialogue: Dialogue, promptTurns: PromptTurns = -1): Prompt | undefined {
  const { id, text, turns } = dialogue;
  if (promptTurns === "all") return { id, text, partial: text, turns, speaker: "", human: null };
  const count = promptTurns < 0 ? turns.length + promptTurns : promptTurns;
  const next = turns[count];
  if (count < 1 || next === undefined) return undefined;
  return promptOf(id, turns.slice(0, count), next.speaker, next.text);
}

/** Makes a prompt of turns that need not come from a corpus, such as those of a conversation. */
export function promptOf(
  id: string,
  turns: readonly Turn[],
  speaker: string = nextSpeaker(turns),
  human: string | null = null,
): Prompt {
  const partial = turns.map(formatTurn).join("\n");
  return { id, text: `${partial}\n${speaker}::`, partial, turns, speaker, human };
}

/** Returns the prompt without its oldest turns; undefined when no turn would be left, or when the prompt is a whole text. */
export function withoutOldestTurns(prompt: Prompt, count: number): Prompt | undefined {
  const { id, turns, speaker, human } = prompt;
  if (turns.length <= count || speaker === "") return undefined;
  return promptOf(id, turns.slice(count), speaker, human);
}
