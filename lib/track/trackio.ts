import { randomUUID } from "node:crypto";
import { connectionFailure } from "../connection-error.ts";

/** Options of {@link TrackioRun}. */
export interface TrackioOptions {
  /** Base URL of the server, from TRACKIO_SERVER_URL. */
  readonly url: string;
  /** Write token, from TRACKIO_WRITE_TOKEN. */
  readonly token?: string | undefined;
  readonly project: string;
  /** Name of the run. */
  readonly run: string;
  /** Configuration of the run, which is sent once. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Entry of Trackio's `bulk_log` request. */
interface LogEntry {
  readonly project: string;
  readonly run: string;
  readonly run_id: string;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly step: number;
  /** Unique id. The server keeps one entry per id, so that a repeated request does no harm. */
  readonly log_id: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

const PATHS = ["/api/bulk_log", "/gradio_api/bulk_log"];
const TIMEOUT_MS = 10_000;
const BATCH_SIZE = 500;
/**
 * Entries that wait for a server that cannot be reached. Beyond that the oldest are left out, so that memory has a
 * bound.
 */
const MOST_QUEUED = 5000;

/** Returns why a request failed: `fetch` itself says only that it did. */
function failureReason(error: unknown): string {
  const { name } = error as Error;
  if (name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1000} s`;
  if (name === "AbortError") return "the run has ended";
  return connectionFailure(error).reason;
}

/** Sends metrics to a Trackio server in batches. Entries that could not be sent stay queued for the next flush. */
export class TrackioRun {
  readonly #options: TrackioOptions;
  readonly #id = randomUUID();
  readonly #aborted = new AbortController();
  #queue: LogEntry[] = [];
  #isFirstEntry = true;
  #path: string | undefined;
  #leftOut = 0;

  constructor(options: TrackioOptions) {
    this.#options = options;
  }

  /** Number of entries that wait to be sent. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Number of entries that were left out, because too many waited. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Adds the metrics of a step to the queue. */
  log(step: number, metrics: Readonly<Record<string, unknown>>): void {
    const { project, run, config } = this.#options;
    const base = { project, run, run_id: this.#id, metrics, step, log_id: randomUUID() };
    this.#queue.push(this.#isFirstEntry ? { ...base, config } : base);
    this.#isFirstEntry = false;
    if (this.#queue.length <= MOST_QUEUED) return;
    this.#leftOut += 1;
    // The first entry stays, because it has the configuration.
    this.#queue.splice(1, 1);
  }

  /** Ends the current request and all later ones with an error. */
  abort(): void {
    this.#aborted.abort();
  }

  /**
   * Sends the queued entries.
   * @throws Error when the server rejects a request or cannot be reached. The entries then stay in the queue
   */
  async flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, BATCH_SIZE);
      await this.#send(batch);
      const sent = new Set(batch);
      this.#queue = this.#queue.filter((entry) => !sent.has(entry));
    }
  }

  async #send(logs: readonly LogEntry[]): Promise<void> {
    const base = this.#options.url.replace(/\/+$/, "");
    const body = JSON.stringify({ logs, hf_token: null });
    for (const path of this.#path ? [this.#path] : PATHS) {
      const status = await this.#post(base + path, body);
      // Older servers have only the second path.
      if (status === 404 && this.#path === undefined) continue;
      if (status < 200 || status >= 300) throw new Error(`${base + path} answered ${status}`);
      this.#path = path;
      return;
    }
    throw new Error(`${base} has neither ${PATHS.join(" nor ")}; expected a Trackio server`);
  }

  /** Sends one request and returns the status of the response. */
  async #post(target: string, body: string): Promise<number> {
    const { token } = this.#options;
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (token !== undefined) headers["x-trackio-write-token"] = token;
    const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#aborted.signal]);
    // `fetch` would send the token along to the host of a redirect.
    const request = { method: "POST", headers, body, signal, redirect: "manual" } as const;
    const response = await fetch(target, request).catch((error) => {
      throw new Error(`${target} cannot be reached: ${failureReason(error)}`, { cause: error });
    });
    await response.body?.cancel();
    const { status } = response;
    if (status >= 300 && status < 400) {
      throw new Error(
        `${target} answered with a redirect; set TRACKIO_SERVER_URL to the address of the server itself`,
      );
    }
    if (/^text\/html/i.test(response.headers.get("content-type") ?? "") && response.ok) {
      throw new Error(`${target} answered with a web page; expected a Trackio server`);
    }
    return status;
  }
}
