import type { Dialogue, Turn } from "../data/dialogue.ts";

/**
 * How much of a dialogue is the prompt: a number of turns, counted from the end when negative (-1: all but the last),
 * or "all" for the whole text unchanged, without a reference.
 */
export type PromptTurns = number | "all";

/** A partial dialogue that a model is to continue. */
export interface Prompt {
  readonly id: string;
  /** What the child reads: turns one a line, then the next speaker's label without a space. */
  readonly text: string;
  /** The partial dialogue as it stands in the data, labels included. */
  readonly partial: string;
  readonly turns: readonly Turn[];
  /** Who speaks next; empty for "all". */
  readonly speaker: string;
  /** The held-back turn of the human, if there is one. */
  readonly human: string | null;
}

const line = ({ speaker, text }: Turn): string => (speaker === "" ? text : `${speaker}:: ${text}`);

/** Who speaks after `turns`: the one who spoke before the last, when two alternate; else the last one's counterpart. */
function nextSpeaker(turns: readonly Turn[]): string {
  const last = turns.at(-1)?.speaker ?? "A";
  const other = turns.findLast(({ speaker }) => speaker !== last && speaker !== "")?.speaker;
  return other ?? (last === "A" ? "B" : "A");
}

/**
 * Cuts a dialogue at a turn boundary.
 * @returns undefined when the dialogue has too few turns: at least one must come before the cut and one after it
 */
export function buildPrompt(dialogue: Dialogue, promptTurns: PromptTurns = -1): Prompt | undefined {
  const { id, text, turns } = dialogue;
  if (promptTurns === "all") return { id, text, partial: text, turns, speaker: "", human: null };
  const count = promptTurns < 0 ? turns.length + promptTurns : promptTurns;
  const held = turns[count];
  if (count < 1 || held === undefined) return undefined;
  return promptOf(id, turns.slice(0, count), held.speaker, held.text);
}

/** The prompt for turns that need not come from a corpus, for example a conversation that is going on. */
export function promptOf(
  id: string,
  turns: readonly Turn[],
  speaker?: string,
  human: string | null = null,
): Prompt {
  const next = speaker ?? nextSpeaker(turns);
  const partial = turns.map(line).join("\n");
  return { id, text: `${partial}\n${next}::`, partial, turns, speaker: next, human };
}

/** The prompt without its oldest turn; undefined when one turn is left. */
export function withoutOldestTurn(prompt: Prompt): Prompt | undefined {
  if (prompt.turns.length < 2 || prompt.speaker === "") return undefined;
  return promptOf(prompt.id, prompt.turns.slice(1), prompt.speaker, prompt.human);
}
