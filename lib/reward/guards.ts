/** Shares of a turn that the guards look at, each in 0 .. 1. */
export interface Shares {
  readonly copied: number;
  readonly echoed: number;
  readonly repeated: number;
  readonly linked: number;
  readonly terse: number;
}

/** Words of running text, lower case, without punctuation. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu) ?? [];
}

/** Runs this long are hardly ever shared by chance. */
const RUN = 4;

/** A turn of this many words has room to take up what was said. */
const ENOUGH = 8;

/** What was said before the turn, ready for looking up runs of words. */
export interface Said {
  readonly runs: ReadonlySet<string>;
  /** Whole turns, for those too short for a run. */
  readonly turns: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
}

/** Collects the runs of the turns of a context; a run never crosses turns. */
export function saidIn(turns: readonly string[]): Said {
  const runs = new Set<string>();
  const whole = new Set<string>();
  const all = new Set<string>();
  for (const turn of turns) {
    const words = wordsOf(turn);
    whole.add(words.join(" "));
    for (const word of words) all.add(word);
    for (let at = 0; at + RUN <= words.length; at++) runs.add(words.slice(at, at + RUN).join(" "));
  }
  return { runs, turns: whole, words: all };
}

/** Share of the words that lie in a run of four or more taken from the context; a shorter turn counts as a whole. */
function copiedShare(words: readonly string[], said: Said): number {
  if (words.length < RUN) return said.turns.has(words.join(" ")) ? 1 : 0;
  let copied = 0;
  let until = 0;
  for (let at = 0; at + RUN <= words.length; at++) {
    if (!said.runs.has(words.slice(at, at + RUN).join(" "))) continue;
    copied += at + RUN - Math.max(at, until);
    until = at + RUN;
  }
  return copied / words.length;
}

/** Share of the distinct words that were said in the context, in whatever order; of too few words nothing can be said. */
function echoedShare(words: readonly string[], said: Said): number {
  if (words.length < RUN) return 0;
  const distinct = new Set(words);
  let echoed = 0;
  for (const word of distinct) if (said.words.has(word)) echoed += 1;
  return echoed / distinct.size;
}

/** Share of the word pairs that stood in the turn before; of two words, whether they are the same. */
function repeatedShare(words: readonly string[]): number {
  if (words.length < 2) return 0;
  if (words.length === 2) return words[0] === words[1] ? 1 : 0;
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < words.length; at++) pairs.add(`${words[at]} ${words[at + 1]}`);
  return 1 - pairs.size / (words.length - 1);
}

/**
 * What a turn copies from its context and from itself, how much of it are connectives, and how far it falls short of eight
 * words.
 * @param connectives connectives over words of the turn; null when it has no words
 */
export function guardShares(turn: readonly string[], said: Said, connectives: number | null): Shares {
  return {
    copied: copiedShare(turn, said),
    echoed: echoedShare(turn, said),
    repeated: repeatedShare(turn),
    // One connective is a third of three words: too few to judge by.
    linked: turn.length < RUN ? 0 : Math.min(1, connectives ?? 0),
    terse: Math.max(0, 1 - turn.length / ENOUGH),
  };
}
