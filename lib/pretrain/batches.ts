import { DialoguePpoError } from "../errors.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { sfc32 } from "../random.ts";
import { chatRows, heldOutChatRows, turnPool } from "./chat-rows.ts";
import type { PretrainConfig } from "./config.ts";
import type { PretrainCorpus } from "./corpus.ts";
import { epochBatches, lossMask, packRows, type Row, textOf, textRows, varied } from "./rows.ts";

/** What a run trains on and measures with. */
export interface Batches {
  /** Returns the batches of an epoch, always the same for the same seed and epoch. */
  epoch(epoch: number): Row[][];
  readonly heldOut: readonly Row[];
}

type Options = Pick<PretrainConfig, "augment" | "packed" | "chat" | "rowTokens" | "batchSize" | "seed">;

/** Returns a function that makes the rows of an epoch, before they are put into batches. */
function epochRows(corpus: PretrainCorpus, tokenizer: Tokenizer, config: Options): (epoch: number) => Row[] {
  const { rowTokens, seed, augment } = config;
  if (config.chat) {
    const pool = turnPool(corpus.train);
    return (epoch) => chatRows(corpus.train, pool, tokenizer, { seed, epoch, augment, limit: rowTokens });
  }
  if (augment) {
    return (epoch) =>
      corpus.train.flatMap(({ turns }, index) =>
        textRows(textOf(varied(turns, sfc32(seed, epoch, index))), tokenizer, rowTokens),
      );
  }
  const plain = corpus.train.flatMap(({ turns }) =>
    textRows(textOf(turns), tokenizer, config.packed ? Number.POSITIVE_INFINITY : rowTokens),
  );
  return config.packed ? (epoch) => packRows(plain, rowTokens, seed, epoch) : () => plain;
}

/**
 * Turns a corpus into batches of tokens.
 * @throws DialoguePpoError ERR_DATA when no row is left
 */
export function makeBatches(corpus: PretrainCorpus, tokenizer: Tokenizer, config: Options): Batches {
  const { batchSize, seed, rowTokens } = config;
  const rows = epochRows(corpus, tokenizer, config);
  const heldOut = config.chat
    ? heldOutChatRows(corpus.evaluation, turnPool(corpus.train), tokenizer, { seed, limit: rowTokens })
    : corpus.evaluation.flatMap(({ turns }) => textRows(textOf(turns), tokenizer, rowTokens));
  const makeEpoch = (epoch: number): Row[][] => {
    const all = rows(epoch);
    if (all.length === 0) {
      throw new DialoguePpoError("ERR_DATA", "no text yields a row of tokens; raise --row-tokens");
    }
    const lengths = all.map(({ ids }) => ids.length);
    const batches = epochBatches(lengths, { batchSize, seed, epoch });
    return batches.map((batch) => batch.map((index) => all[index] as Row));
  };
  let newest: { epoch: number; batches: Row[][] } | undefined;
  const epoch = (number: number): Row[][] => {
    if (newest?.epoch !== number) newest = { epoch: number, batches: makeEpoch(number) };
    return newest.batches;
  };
  return { heldOut, epoch };
}

/**
 * Returns the next batch of a run as the trainer takes it, and moves on to the next epoch when one has ended.
 *
 * @param place the current epoch and the number of its batches that were taken
 */
export function nextBatch(
  batches: Batches,
  place: { epoch: number; batch: number },
): { ids: Int32Array[]; lossMasks: Uint8Array[] | undefined } {
  if (place.batch >= batches.epoch(place.epoch).length) {
    place.epoch += 1;
    place.batch = 0;
  }
  const rows = batches.epoch(place.epoch)[place.batch] as Row[];
  const masked = rows.some(({ mask }) => mask !== undefined);
  return { ids: rows.map(({ ids }) => ids), lossMasks: masked ? rows.map(lossMask) : undefined };
}
