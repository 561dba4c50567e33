/** Shares of a turn on which the guards act, each from 0 to 1. */
export interface GuardShares {
  /** Share of the words that lie in a run of at least four words taken from one turn of the context. */
  readonly copied: number;
  /** Share of the distinct words that occur in the context, in any order. */
  readonly echoed: number;
  /** Share of the word pairs that occur earlier in the turn. */
  readonly repeated: number;
  /** Share of the words that are connectives. */
  readonly linked: number;
  /** Share of eight words by which the turn falls short of them; 0 from eight words on. */
  readonly terse: number;
}

/** Returns the words of a text in lower case, without punctuation. */
export function splitWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu) ?? [];
}

/** Two turns hardly ever share a run of this many words by chance. */
const RUN_LENGTH = 4;

/** A turn of this many words is long enough to refer to the context. */
const FULL_LENGTH = 8;

/** The words of a context, in sets for fast lookup. */
export interface ContextWords {
  /** Runs of four words. */
  readonly runs: ReadonlySet<string>;
  /** Whole turns, with which turns too short for a run are compared. */
  readonly turns: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
}

/** Collects the words of a context. A run never spans two turns. */
export function collectContextWords(turns: readonly string[]): ContextWords {
  const runs = new Set<string>();
  const whole = new Set<string>();
  const all = new Set<string>();
  for (const turn of turns) {
    const words = splitWords(turn);
    whole.add(words.join(" "));
    for (const word of words) all.add(word);
    for (let at = 0; at + RUN_LENGTH <= words.length; at++)
      runs.add(words.slice(at, at + RUN_LENGTH).join(" "));
  }
  return { runs, turns: whole, words: all };
}

// A turn of fewer than four words is copied as a whole or not at all.
function copiedShare(words: readonly string[], context: ContextWords): number {
  if (words.length < RUN_LENGTH) return context.turns.has(words.join(" ")) ? 1 : 0;
  let copied = 0;
  let until = 0;
  for (let at = 0; at + RUN_LENGTH <= words.length; at++) {
    if (!context.runs.has(words.slice(at, at + RUN_LENGTH).join(" "))) continue;
    copied += at + RUN_LENGTH - Math.max(at, until);
    until = at + RUN_LENGTH;
  }
  return copied / words.length;
}

// Fewer than four words are too few to judge, because short turns share their words with any context.
function echoedShare(words: readonly string[], context: ContextWords): number {
  if (words.length < RUN_LENGTH) return 0;
  const distinct = new Set(words);
  let echoed = 0;
  for (const word of distinct) if (context.words.has(word)) echoed += 1;
  return echoed / distinct.size;
}

// Two words have a single pair, which repeats when both are the same.
function repeatedShare(words: readonly string[]): number {
  if (words.length < 2) return 0;
  if (words.length === 2) return words[0] === words[1] ? 1 : 0;
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < words.length; at++) pairs.add(`${words[at]} ${words[at + 1]}`);
  return 1 - pairs.size / (words.length - 1);
}

/**
 * Computes the shares of a turn on which the guards act.
 *
 * @param turn words of the turn
 * @param connectives connectives per word of the turn; null when it has no words
 */
export function computeGuardShares(
  turn: readonly string[],
  context: ContextWords,
  connectives: number | null,
): GuardShares {
  return {
    copied: copiedShare(turn, context),
    echoed: echoedShare(turn, context),
    repeated: repeatedShare(turn),
    // Fewer than four words are too few to judge: one connective is a third of three words.
    linked: turn.length < RUN_LENGTH ? 0 : Math.min(1, connectives ?? 0),
    terse: Math.max(0, 1 - turn.length / FULL_LENGTH),
  };
}
