import { randomUUID } from "node:crypto";

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

/** Sends metrics to a Trackio server in batches. Entries that could not be sent stay queued for the next flush. */
export class TrackioRun {
  readonly #options: TrackioOptions;
  readonly #id = randomUUID();
  #queue: LogEntry[] = [];
  #isFirstEntry = true;
  #path: string | undefined;

  constructor(options: TrackioOptions) {
    this.#options = options;
  }

  /** Adds the metrics of a step to the queue. */
  log(step: number, metrics: Readonly<Record<string, unknown>>): void {
    const { project, run, config } = this.#options;
    const base = { project, run, run_id: this.#id, metrics, step, log_id: randomUUID() };
    this.#queue.push(this.#isFirstEntry ? { ...base, config } : base);
    this.#isFirstEntry = false;
  }

  /**
   * Sends the queued entries.
   * @throws Error when the server rejects a request or cannot be reached. The entries then stay in the queue
   */
  async flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, BATCH_SIZE);
      await this.#send(batch);
      this.#queue = this.#queue.slice(batch.length);
    }
  }

  async #send(logs: readonly LogEntry[]): Promise<void> {
    const { url, token } = this.#options;
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (token !== undefined) headers["x-trackio-write-token"] = token;
    const body = JSON.stringify({ logs, hf_token: null });
    for (const path of this.#path ? [this.#path] : PATHS) {
      const target = url.replace(/\/+$/, "") + path;
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(target, { method: "POST", headers, body, signal });
      // Older servers have only the second path.
      if (response.status === 404 && this.#path === undefined) continue;
      if (!response.ok) throw new Error(`${target} answered ${response.status}`);
      this.#path = path;
      return;
    }
    throw new Error(`${url} has neither ${PATHS.join(" nor ")}; expected a Trackio server`);
  }
}
