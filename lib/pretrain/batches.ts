import { dialogueText, type Row, textRows } from "../dialogue/text-rows.ts";
import { DialoguePpoError } from "../errors.ts";
import { sfc32 } from "../random.ts";
import { chatRows, heldOutChatRows, turnPool } from "./chat-rows.ts";
import type { PretrainComponents } from "./components.ts";
import type { PretrainConfig } from "./config.ts";
import type { PretrainCorpus } from "./corpus.ts";
import { epochBatches, lossMask, packRows, varyDialogue } from "./rows.ts";

/** The training batches and the held-out rows of a run. */
export interface Batches {
  /** Returns the batches of an epoch. They depend only on the seed and the epoch. */
  epoch(epoch: number): Row[][];
  /** Rows on which the perplexity is measured. */
  readonly heldOut: readonly Row[];
}

type Options = Pick<PretrainConfig, "augment" | "packed" | "rowTokens" | "batchSize" | "seed">;
type Encoders = Pick<PretrainComponents, "tokenizer" | "chat">;

/** Returns a function that makes the rows of an epoch before they are grouped into batches. */
function epochRows(
  corpus: PretrainCorpus,
  { tokenizer, chat }: Encoders,
  config: Options,
): (epoch: number) => Row[] {
  const { rowTokens, seed, augment } = config;
  if (chat) {
    const pool = turnPool(corpus.train);
    return (epoch) => chatRows(corpus.train, pool, chat, { seed, epoch, augment, limit: rowTokens });
  }
  if (augment) {
    return (epoch) =>
      corpus.train.flatMap(({ turns }, index) =>
        textRows(dialogueText(varyDialogue(turns, sfc32(seed, epoch, index))), tokenizer, rowTokens),
      );
  }
  const plain = corpus.train.flatMap(({ turns }) =>
    textRows(dialogueText(turns), tokenizer, config.packed ? Number.POSITIVE_INFINITY : rowTokens),
  );
  return config.packed ? (epoch) => packRows(plain, rowTokens, seed, epoch) : () => plain;
}

/**
 * Makes the batches and the held-out rows of a corpus.
 * @throws DialoguePpoError ERR_DATA from {@link Batches.epoch} when no text yields a row
 */
export function makeBatches(corpus: PretrainCorpus, encoders: Encoders, config: Options): Batches {
  const { batchSize, seed, rowTokens } = config;
  const rows = epochRows(corpus, encoders, config);
  const { tokenizer, chat } = encoders;
  const heldOut = chat
    ? heldOutChatRows(corpus.evaluation, turnPool(corpus.train), chat, { seed, limit: rowTokens })
    : corpus.evaluation.flatMap(({ turns }) => textRows(dialogueText(turns), tokenizer, rowTokens));
  const makeEpoch = (epoch: number): Row[][] => {
    const all = rows(epoch);
    if (all.length === 0) {
      throw new DialoguePpoError("ERR_DATA", "no text yields a row of tokens; raise --row-tokens");
    }
    const lengths = all.map(({ ids }) => ids.length);
    const batches = epochBatches(lengths, { batchSize, seed, epoch });
    return batches.map((batch) => batch.map((index) => all[index] as Row));
  };
  let cached: { epoch: number; batches: Row[][] } | undefined;
  const epoch = (wanted: number): Row[][] => {
    if (cached?.epoch !== wanted) cached = { epoch: wanted, batches: makeEpoch(wanted) };
    return cached.batches;
  };
  return { heldOut, epoch };
}

/**
 * Returns the token ids and loss masks of the next batch. At the end of an epoch, changes `position` to the start of
 * the next one.
 *
 * @param position current epoch, and number of its batches that are done
 */
export function nextBatch(
  batches: Batches,
  position: { epoch: number; batch: number },
): { ids: Int32Array[]; lossMasks: Uint8Array[] | undefined } {
  if (position.batch >= batches.epoch(position.epoch).length) {
    position.epoch += 1;
    position.batch = 0;
  }
  const rows = batches.epoch(position.epoch)[position.batch] as Row[];
  const hasMasks = rows.some(({ mask }) => mask !== undefined);
  return { ids: rows.map(({ ids }) => ids), lossMasks: hasMasks ? rows.map(lossMask) : undefined };
}
