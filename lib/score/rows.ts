import { abortError } from "../errors.ts";
import { createPauses } from "../event-loop.ts";
import type { ListOptions } from "../taaco/lists/word-lists.ts";
import { indexRow } from "../taaco/pool/index-row.ts";
import type { IndexRow, RowParts, ScoringJob } from "../taaco/pool/message.ts";
import { TaacoPool } from "../taaco/pool/pool.ts";
import type { Taaco } from "../taaco/taaco.ts";
import type { NamedText } from "./texts.ts";

/** Number of texts that a worker measures at once. */
const BATCH_SIZE = 64;

/** Number of characters of texts that are measured in this thread. More would keep it from handling signals. */
const MAX_IN_THREAD = 100_000;

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
  /** What the rows hold. */
  readonly parts: RowParts;
  /** Number of worker threads; 0 for none. A single batch of short texts is always measured in this thread. */
  readonly workers: number;
  /** Aborts the measuring. */
  readonly signal?: AbortSignal | undefined;
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

async function* measureInThread(
  batch: readonly NamedText[],
  { taaco, parts, signal }: RowOptions,
): AsyncGenerator<ScoredRow> {
  const pause = createPauses(signal);
  for (const { id, input, source } of batch) {
    await taaco.analyseAhead(input, pause);
    yield { id, row: indexRow(taaco, input, source, parts) };
  }
}

/** Returns the number of characters of a text, or of words of an annotated text. */
function sizeOf({ input }: NamedText): number {
  if (typeof input === "string") return input.length;
  if ("turns" in input) return input.turns.reduce((sum, { text }) => sum + text.length, 0);
  return input.paragraphs.flat().reduce((sum, sentence) => sum + sentence.length, 0);
}

interface PendingBatch {
  readonly batch: readonly NamedText[];
  readonly rows: Promise<IndexRow[]>;
}

async function* awaitBatch({ batch, rows }: PendingBatch): AsyncGenerator<ScoredRow> {
  const measured = await rows;
  for (const [at, { id }] of batch.entries()) yield { id, row: measured[at] as IndexRow };
}

/** Returns the source text that all texts of a batch share, so that it is sent once, or those of each. */
function sourceOfBatch(batch: readonly NamedText[]): ScoringJob["source"] {
  const first = batch[0]?.source;
  if (first !== null && batch.every(({ source }) => source === first)) return first;
  return { each: batch.map(({ source = null }) => source) };
}

async function* measureInPool(
  first: readonly NamedText[][],
  rest: AsyncIterator<NamedText[]>,
  { taaco, lists, parts, workers, signal }: RowOptions,
): AsyncGenerator<ScoredRow> {
  if (signal?.aborted) throw abortError(signal);
  const { mode, spaces } = taaco;
  const pool = new TaacoPool({ mode, spaces, lists, parts, workers });
  // A worker does not wait until its batch is done: closing the pool ends it at once.
  const abort = (): void => void pool.close();
  signal?.addEventListener("abort", abort);
  const pending: PendingBatch[] = [];
  const submit = (batch: readonly NamedText[]): void => {
    const rows = pool.indices(
      batch.map(({ input }) => input),
      sourceOfBatch(batch),
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
  } catch (error) {
    throw signal?.aborted ? abortError(signal) : error;
  } finally {
    signal?.removeEventListener("abort", abort);
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
  const isShort = first.flat().reduce((sum, text) => sum + sizeOf(text), 0) <= MAX_IN_THREAD;
  if (first.length < 2 && isShort) {
    for (const batch of first) yield* measureInThread(batch, options);
  } else {
    yield* measureInPool(first, batches, options);
  }
}
