import { shuffledOrder } from "../data/order.ts";
import { promptOf } from "../dialogue/prompt.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { sfc32 } from "../random.ts";
import type { Turn } from "../sample.ts";

/** Tokens of one row; those whose mask entry is 0 are context only (no mask: all but the first are predicted). */
export interface Row {
  readonly ids: Int32Array;
  readonly mask?: Uint8Array;
}

/** Returns the mask of a row, all ones when it has none. */
export const lossMask = ({ ids, mask }: Row): Uint8Array => mask ?? new Uint8Array(ids.length).fill(1);

// A batch should hold rows of similar length, but not the same neighbours in each epoch. Batches are therefore cut from
// windows that are this many batches wide.
const WINDOW = 16;

/** Returns a text as the child reads it in a prompt: one turn a line, with a line feed after each, also the last. */
export function textOf(turns: readonly Turn[]): string {
  return `${promptOf("", turns).partial}\n`;
}

/**
 * Returns the rows of one text: first token, text, end token. A longer text is cut into rows of at most `limit` tokens, each
 * of which begins with the first token.
 */
export function textRows(text: string, tokenizer: Tokenizer, limit: number): Row[] {
  const all = tokenizer.encode(text, { addSpecialTokens: false });
  const body = tokenizer.eosId === undefined ? [...all] : [...all, tokenizer.eosId];
  const first = tokenizer.bosId === undefined ? [] : [tokenizer.bosId];
  const length = limit - first.length;
  const rows: Row[] = [];
  for (let at = 0; at < body.length; at += length) {
    const ids = Int32Array.from([...first, ...body.slice(at, at + length)]);
    // A row of one token predicts nothing.
    if (ids.length > 1) rows.push({ ids });
  }
  return rows;
}

/** Varies a dialogue: exchanges its two speakers, and leaves out its first turns, each half of the time. */
export function varied(turns: readonly Turn[], random: () => number): Turn[] {
  const speakers = [...new Set(turns.map(({ speaker }) => speaker))];
  const [first, second] = speakers;
  const exchange = random() < 0.5 && speakers.length === 2 && !speakers.includes("");
  const skip = random() < 0.5 ? Math.floor(random() * Math.max(1, turns.length - 1)) : 0;
  return turns
    .slice(skip)
    .map((turn) =>
      exchange ? { ...turn, speaker: (turn.speaker === first ? second : first) as string } : turn,
    );
}

/** Joins rows in an epoch's order and cuts them into rows of `length`; each begins with the last token of the one before. */
export function packRows(rows: readonly Row[], length: number, seed: number, epoch: number): Row[] {
  const joined: number[] = [];
  for (const index of shuffledOrder(rows.length, seed, epoch)) joined.push(...(rows[index] as Row).ids);
  const packed: Row[] = [];
  for (let at = 0; at + 1 < joined.length; at += length - 1) {
    packed.push({ ids: Int32Array.from(joined.slice(at, at + length)) });
  }
  return packed;
}

/**
 * Returns the batches of an epoch, shuffled by (seed, epoch). Rows of similar length share a batch, so that there is little
 * padding.
 *
 * @returns indices into `lengths`, each once; the last batch may be smaller
 */
export function epochBatches(
  lengths: readonly number[],
  options: { batchSize: number; seed: number; epoch: number },
): number[][] {
  const { batchSize, seed, epoch } = options;
  const order = [...shuffledOrder(lengths.length, seed, epoch)];
  const batches: number[][] = [];
  const window = WINDOW * batchSize;
  for (let at = 0; at < order.length; at += window) {
    const near = order.slice(at, at + window);
    const sorted = near.toSorted((a, b) => (lengths[a] as number) - (lengths[b] as number) || a - b);
    for (let from = 0; from < sorted.length; from += batchSize)
      batches.push(sorted.slice(from, from + batchSize));
  }
  const random = sfc32(seed, epoch, 1);
  return batches
    .map((batch) => ({ batch, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ batch }) => batch);
}
