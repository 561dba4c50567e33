import { Worker } from "node:worker_threads";
import { abortError, DialoguePpoError } from "../../errors.ts";
import type { ListOptions } from "../lists/word-lists.ts";
import type { ArithmeticMode, TaacoInput, VectorSpace } from "../types.ts";
import { workerFailure } from "./failure.ts";
import type { IndexRow, JobResult, RowParts, ScoringJob, SharedSpace, WorkerSetup } from "./message.ts";

/** Options of a {@link TaacoPool}. */
export interface PoolOptions {
  /** Arithmetic of the indices. Default: `corrected`. */
  readonly mode?: ArithmeticMode;
  /** Spaces, which must have `words`. Values that are not in shared memory are copied there once. */
  readonly spaces?: readonly VectorSpace[];
  /** Where the word lists are read from. Default: the lists of this package. */
  readonly lists?: ListOptions;
  /** What the rows hold. Default: all indices. */
  readonly parts?: RowParts;
  /** Number of threads. */
  readonly workers: number;
}

interface Task {
  readonly job: ScoringJob;
  readonly resolve: (rows: IndexRow[]) => void;
  readonly reject: (error: Error) => void;
}

function toSharedSpace(space: VectorSpace): SharedSpace {
  const { kind, dimensions, words, values } = space;
  if (!words)
    throw new DialoguePpoError("ERR_CONFIG", `the ${kind} space has no word list to give to threads`);
  if (values.buffer instanceof SharedArrayBuffer) return { kind, dimensions, words, values };
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return { kind, dimensions, words, values: copy };
}

function toRows({ words, values, counts, tagged }: Extract<JobResult, { values: Float64Array }>): IndexRow[] {
  const width = words.length === 0 ? 0 : values.length / words.length;
  return Array.from(words, (count, at) => ({
    words: count,
    values: values.subarray(at * width, (at + 1) * width),
    ...(counts?.[at] && { counts: counts[at] }),
    ...(tagged?.[at] && { tagged: tagged[at] }),
  }));
}

/**
 * Computes indices on worker threads. Each worker has at most one batch at a time and keeps the process alive only
 * while it works. If a worker dies, its batch is rejected and the next batch gets a new worker.
 */
export class TaacoPool {
  readonly #setup: WorkerSetup;
  readonly #limit: number;
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Task>();
  readonly #waiting: Task[] = [];
  #closed = false;

  constructor(options: PoolOptions) {
    this.#limit = Math.max(1, Math.floor(options.workers));
    this.#setup = {
      mode: options.mode ?? "corrected",
      spaces: (options.spaces ?? []).map(toSharedSpace),
      lists: options.lists ?? {},
      parts: options.parts ?? {},
    };
  }

  /**
   * Returns all indices of a batch of texts, one row for each text. With 64 texts or more the cost of passing messages
   * is small.
   *
   * @param source text that all texts are compared with, or one for each text
   * @throws DialoguePpoError ERR_DISPOSED when the pool is closed, ERR_ABORTED when it is closed before the batch is
   *   done, ERR_INTERNAL when the worker dies
   */
  indices(texts: readonly TaacoInput[], source?: ScoringJob["source"]): Promise<IndexRow[]> {
    if (this.#closed)
      return Promise.reject(new DialoguePpoError("ERR_DISPOSED", "the scoring pool is closed"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job: source === undefined ? { texts } : { texts, source }, resolve, reject });
      this.#dispatch();
    });
  }

  /** Stops the workers and rejects the unfinished batches. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(abortError(undefined));
    const workers = [...this.#idle, ...this.#busy.keys()];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? (this.#busy.size < this.#limit ? this.#spawn() : undefined);
      if (!worker) return;
      const task = this.#waiting.shift() as Task;
      this.#busy.set(worker, task);
      worker.ref();
      worker.postMessage(task.job);
    }
  }

  #spawn(): Worker {
    // The worker file is in the folder of this file and has the same extension.
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
      workerData: this.#setup,
      // The worker must not inherit the options of this process, such as a script on the command line.
      execArgv: [],
    });
    worker.on("message", (answer: JobResult) => this.#finish(worker, answer));
    worker.on("error", (cause) => {
      const { code, message } = workerFailure(cause);
      this.#fail(worker, new DialoguePpoError(code, `a scoring worker died: ${message}`, { cause }));
    });
    worker.on("exit", (code) => {
      const error = this.#closed
        ? abortError(undefined)
        : new DialoguePpoError("ERR_INTERNAL", `a scoring worker ended with code ${code}`);
      this.#fail(worker, error);
    });
    return worker;
  }

  #finish(worker: Worker, answer: JobResult): void {
    const task = this.#busy.get(worker);
    this.#busy.delete(worker);
    // `close` waits for the end of the worker. An answer that arrives meanwhile must not let the process end before it.
    if (!this.#closed) worker.unref();
    this.#idle.push(worker);
    if ("values" in answer) task?.resolve(toRows(answer));
    else task?.reject(new DialoguePpoError(answer.code, answer.message));
    this.#dispatch();
  }

  #fail(worker: Worker, error: Error): void {
    const task = this.#busy.get(worker);
    this.#busy.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
    task?.reject(error);
    if (!this.#closed) this.#dispatch();
  }
}
