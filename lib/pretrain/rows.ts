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

// A batch should hold rows of like length, and yet not always the same neighbours: batches are cut from windows this
// many batches wide.
const WINDOW = 16;

/** A text as the child will read it in a prompt: turns one a line, a line feed behind each, also the last. */
export function textOf(turns: readonly Turn[]): string {
  return `${promptOf("", turns).partial}\n`;
}

/**
 * Rows of one text: first token, text, end token; cut into pieces of at most `limit` tokens, each beginning with the
 * first token.
 */
export function textRows(text: string, tokenizer: Tokenizer, limit: number): Row[] {
  const all = tokenizer.encode(text, { addSpecialTokens: false });
  const body = tokenizer.eosId === undefined ? [...all] : [...all, tokenizer.eosId];
  const first = tokenizer.bosId === undefined ? [] : [tokenizer.bosId];
  const room = limit - first.length;
  const rows: Row[] = [];
  for (let at = 0; at < body.length; at += room) {
    const ids = Int32Array.from([...first, ...body.slice(at, at + room)]);
    // A row of one token predicts nothing.
    if (ids.length > 1) rows.push({ ids });
  }
  return rows;
}

/** Another reading of a dialogue: its two speakers exchanged, or its first turns left out, each half of the time. */
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

/** One row after the other in an epoch's order, cut into rows of `length`; each begins with the last token before it. */
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
 * An epoch's batches: shuffled by (seed, epoch), rows of like length together, so that little is padding.
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
