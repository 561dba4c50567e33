import type { ListOptions } from "../taaco/lists/word-lists.ts";
import { indexRow } from "../taaco/pool/index-row.ts";
import type { IndexRow } from "../taaco/pool/message.ts";
import { TaacoPool } from "../taaco/pool/pool.ts";
import type { Taaco } from "../taaco/taaco.ts";
import type { TaacoInput } from "../taaco/types.ts";
import type { NamedText } from "./texts.ts";

const BATCH_SIZE = 64;

/** A text with its row of indices. */
export interface ScoredRow {
  readonly id: string;
  readonly row: IndexRow;
}

export interface RowOptions {
  readonly taaco: Taaco;
  readonly lists: ListOptions;
  readonly source?: TaacoInput | undefined;
  /** Threads; 0 works in this one, as few texts do whatever it says. */
  readonly workers: number;
}

async function* batchTexts(texts: AsyncIterable<NamedText>): AsyncGenerator<NamedText[]> {
  let batch: NamedText[] = [];
  for await (const text of texts) {
    batch.push(text);
    if (batch.length < BATCH_SIZE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function* measureInThread(batch: readonly NamedText[], { taaco, source }: RowOptions): Generator<ScoredRow> {
  for (const { id, input } of batch) yield { id, row: indexRow(taaco, input, source) };
}

interface PendingBatch {
  readonly batch: readonly NamedText[];
  readonly rows: Promise<IndexRow[]>;
}

async function* awaitBatch({ batch, rows }: PendingBatch): AsyncGenerator<ScoredRow> {
  const done = await rows;
  for (const [at, { id }] of batch.entries()) yield { id, row: done[at] as IndexRow };
}

async function* measureInPool(
  first: readonly NamedText[][],
  rest: AsyncIterator<NamedText[]>,
  { taaco, lists, source, workers }: RowOptions,
): AsyncGenerator<ScoredRow> {
  const { mode, spaces } = taaco;
  const pool = new TaacoPool({ mode, spaces, lists, workers });
  const underWay: PendingBatch[] = [];
  const begin = (batch: readonly NamedText[]): void => {
    const rows = pool.indices(
      batch.map(({ input }) => input),
      source,
    );
    // Awaited in order; until then a failure must not count as unhandled.
    rows.catch(() => {});
    underWay.push({ batch, rows });
  };
  try {
    for (const batch of first) begin(batch);
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      begin(next.value);
      // Two batches a worker: none waits, and memory stays the same however many texts there are.
      if (underWay.length >= 2 * workers) yield* awaitBatch(underWay.shift() as PendingBatch);
    }
    for (const one of underWay) yield* awaitBatch(one);
  } finally {
    await pool.close();
  }
}

/** Rows of all texts, in order. */
export async function* indexRows(
  texts: AsyncIterable<NamedText>,
  options: RowOptions,
): AsyncGenerator<ScoredRow> {
  const batches = batchTexts(texts);
  if (options.workers === 0) {
    for await (const batch of batches) yield* measureInThread(batch, options);
    return;
  }
  const first: NamedText[][] = [];
  for (let next = await batches.next(); !next.done; next = await batches.next()) {
    first.push(next.value);
    if (first.length === 2) break;
  }
  if (first.length < 2) {
    for (const batch of first) yield* measureInThread(batch, options);
  } else {
    yield* measureInPool(first, batches, options);
  }
}
