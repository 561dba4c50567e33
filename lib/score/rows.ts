import type { ListOptions } from "../taaco/lists/word-lists.ts";
import { indexRow } from "../taaco/pool/index-row.ts";
import type { IndexRow } from "../taaco/pool/message.ts";
import { TaacoPool } from "../taaco/pool/pool.ts";
import type { Taaco } from "../taaco/taaco.ts";
import type { TaacoInput } from "../taaco/types.ts";
import type { NamedText } from "./texts.ts";

/** Number of texts that a worker measures at once. */
const BATCH_SIZE = 64;

/** A text with its row of indices. */
export interface ScoredRow {
  readonly id: string;
  readonly row: IndexRow;
}

/** Options of {@link indexRows}. */
export interface RowOptions {
  readonly taaco: Taaco;
  /** Word lists of `taaco`, which the worker threads load too. */
  readonly lists: ListOptions;
  /** Source text of a summary or retelling, for the source indices. */
  readonly source?: TaacoInput | undefined;
  /** Number of worker threads; 0 for none. A single batch of texts is always measured in this thread. */
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
  const measured = await rows;
  for (const [at, { id }] of batch.entries()) yield { id, row: measured[at] as IndexRow };
}

async function* measureInPool(
  first: readonly NamedText[][],
  rest: AsyncIterator<NamedText[]>,
  { taaco, lists, source, workers }: RowOptions,
): AsyncGenerator<ScoredRow> {
  const { mode, spaces } = taaco;
  const pool = new TaacoPool({ mode, spaces, lists, workers });
  const pending: PendingBatch[] = [];
  const submit = (batch: readonly NamedText[]): void => {
    const rows = pool.indices(
      batch.map(({ input }) => input),
      source,
    );
    // The batches are awaited in order. A batch that fails before its turn must not count as an unhandled rejection.
    rows.catch(() => {});
    pending.push({ batch, rows });
  };
  try {
    for (const batch of first) submit(batch);
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      submit(next.value);
      // Two batches per worker keep every worker busy, and the memory does not grow with the number of texts.
      if (pending.length >= 2 * workers) yield* awaitBatch(pending.shift() as PendingBatch);
    }
    for (const batch of pending) yield* awaitBatch(batch);
  } finally {
    await pool.close();
  }
}

/** Measures all texts and yields their rows, in order. */
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
