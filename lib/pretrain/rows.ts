import { shuffledOrder } from "../data/order.ts";
import type { Row } from "../dialogue/text-rows.ts";
import { sfc32 } from "../random.ts";
import type { Turn } from "../sample.ts";

/** Returns the loss mask of a row. It is all ones if the row has none. */
export const lossMask = ({ ids, mask }: Row): Uint8Array => mask ?? new Uint8Array(ids.length).fill(1);

// A batch should hold rows of similar length, but different rows in each epoch. The shuffled rows are therefore sorted
// by length in windows of this many batches.
const WINDOW = 16;

/**
 * Returns a variation of a dialogue. With probability 1/2 each, exchanges its two speakers and drops some of its first
 * turns.
 */
export function varyDialogue(turns: readonly Turn[], random: () => number): Turn[] {
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

/**
 * Joins shuffled rows and cuts them into rows of `length` tokens. Each row begins with the last token of the row before
 * it, so that every token is predicted once.
 */
export function packRows(rows: readonly Row[], length: number, seed: number, epoch: number): Row[] {
  const joined = new Int32Array(rows.reduce((sum, { ids }) => sum + ids.length, 0));
  let end = 0;
  for (const index of shuffledOrder(rows.length, seed, epoch)) {
    const { ids } = rows[index] as Row;
    joined.set(ids, end);
    end += ids.length;
  }
  const packed: Row[] = [];
  for (let at = 0; at + 1 < joined.length; at += length - 1) {
    packed.push({ ids: joined.slice(at, at + length) });
  }
  return packed;
}

/**
 * Returns the batches of an epoch, shuffled by seed and epoch. Rows of similar length share a batch, which reduces
 * padding.
 *
 * @param lengths number of tokens in each row
 * @returns batches of indices into `lengths`. Each index occurs once, and one batch may be smaller than the others.
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
    const nearby = order.slice(at, at + window);
    const sorted = nearby.toSorted((a, b) => (lengths[a] as number) - (lengths[b] as number) || a - b);
    for (let from = 0; from < sorted.length; from += batchSize)
      batches.push(sorted.slice(from, from + batchSize));
  }
  const random = sfc32(seed, epoch, 1);
  return batches
    .map((batch) => ({ batch, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ batch }) => batch);
}
