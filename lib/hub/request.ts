import { setTimeout as delay } from "node:timers/promises";
import { connectionFailure } from "../connection-error.ts";
import { abortError, DialoguePpoError } from "../errors.ts";
import type { HubEnvironment } from "./environment.ts";
import { isTransientStatus, requestedWait } from "./retry-after.ts";
import { isWebPage, notDataError, type Question, responseError, type Subject } from "./server-error.ts";

/** How the hub is asked. */
export interface HubAccess {
  readonly hub: HubEnvironment;
  readonly subject: Subject;
  /** Number of attempts for each request. */
  readonly attempts: number;
  /** Ends requests and waits at once. */
  readonly signal?: AbortSignal | undefined;
  /** Receives a sentence before each wait. */
  readonly onWait?: ((message: string) => void) | undefined;
}

/** A request and how its response is read. */
export interface HubRequest<T> extends Question {
  /** Headers of the next attempt. */
  readonly headers?: () => Promise<Record<string, string>>;
  /** Seconds without headers or data after which an attempt is given up. */
  readonly timeout: number;
  /** Seconds after which an attempt is given up. Default: no limit, as long as the data arrives fast enough. */
  readonly deadline?: number;
  /** Reads the body. It must call `onChunk` after each chunk, with the number of its bytes. */
  readonly read: (response: Response, onChunk: (bytes: number) => void) => Promise<T>;
  /**
   * Returns the number of bytes received so far. After an attempt that received at least `progressBytes`, the attempts
   * are counted anew.
   */
  readonly received?: () => Promise<number>;
  /** Gives up what was received, after the server has refused to continue from there (416). */
  readonly startOver?: () => Promise<void>;
  /** Number of bytes that count as progress. Default: 1. */
  readonly progressBytes?: number;
}

/** The error of an attempt that can succeed when it is repeated. */
class TransientError extends Error {
  /** Seconds that the server asks to wait; undefined when it does not say. */
  readonly wait: number | undefined;
  /** The error to throw after the last attempt. */
  readonly final: DialoguePpoError;

  constructor(final: DialoguePpoError, wait?: number) {
    super(final.message, { cause: final });
    this.final = final;
    this.wait = wait;
  }
}

const FIRST_WAIT = 0.5;
const LONGEST_BACKOFF = 8;
/** Longest wait that a server may ask for. The hub counts requests over five minutes. */
const LONGEST_WAIT = 600;

const RANGE_NOT_SATISFIABLE = 416;

/** Bytes per second below which a transfer counts as stuck. */
const SLOWEST = 1000;
/** The speed is measured over this many times the longest silence. */
const SPEED_WINDOW = 3;

/** Ends an attempt when nothing arrives for a while, when too little arrives, or when it takes too long. */
class Watchdog {
  readonly #controller = new AbortController();
  readonly #limits: Pick<HubRequest<unknown>, "timeout" | "deadline">;
  readonly #timers: NodeJS.Timeout[] = [];
  #silence: NodeJS.Timeout | undefined;
  #bytes = 0;

  constructor(limits: Pick<HubRequest<unknown>, "timeout" | "deadline">) {
    this.#limits = limits;
    const { deadline } = limits;
    if (deadline !== undefined) this.#endAfter(deadline, `took longer than ${deadline} s to answer`);
    this.onChunk(0);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Returns what was wrong, as the rest of a sentence about the server; undefined while nothing is. */
  get problem(): string | undefined {
    return this.signal.aborted ? String(this.signal.reason) : undefined;
  }

  /** Begins to measure the speed. */
  measureSpeed(): void {
    const seconds = SPEED_WINDOW * this.#limits.timeout;
    const check = (): void => {
      if (this.#bytes < SLOWEST * seconds) {
        this.#controller.abort(`sent only ${this.#bytes} bytes in ${seconds} s`);
      }
      this.#bytes = 0;
    };
    this.#timers.push(setInterval(check, seconds * 1000));
  }

  /** Counts received bytes and restarts the timer of silence. */
  readonly onChunk = (bytes: number): void => {
    this.#bytes += bytes;
    clearTimeout(this.#silence);
    const { timeout } = this.#limits;
    const end = (): void => this.#controller.abort(`sent nothing for ${timeout} s`);
    this.#silence = setTimeout(end, timeout * 1000);
  };

  stop(): void {
    clearTimeout(this.#silence);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #endAfter(seconds: number, problem: string): void {
    this.#timers.push(setTimeout(() => this.#controller.abort(problem), seconds * 1000));
  }
}

/**
 * Returns the error of an attempt that got no answer, or only a part of it.
 * @param problem what the watchdog found; undefined when it did not end the attempt
 * @throws DialoguePpoError ERR_IO when this process cannot open connections
 */
function connectionError(
  { hub }: HubAccess,
  url: string,
  cause: unknown,
  problem: string | undefined,
): DialoguePpoError | TransientError {
  const { origin } = new URL(url);
  const note = hub.proxyNote === undefined ? "" : `; ${hub.proxyNote}`;
  const errorOf = (what: string) => new DialoguePpoError("ERR_NETWORK", what + note, { cause });
  if (problem !== undefined) return new TransientError(errorOf(`${origin} ${problem}`));
  const { reason, isLasting } = connectionFailure(cause);
  if (isLasting) return errorOf(`${origin} cannot be reached: ${reason}`);
  return new TransientError(errorOf(`the connection to ${origin} was lost: ${reason}`));
}

/** Sends a request once. */
async function attempt<T>(access: HubAccess, request: HubRequest<T>): Promise<T> {
  const { hub, subject, signal } = access;
  const watchdog = new Watchdog(request);
  // Compression of the transfer is turned off, so that lengths and ranges are those of the file.
  const headers: Record<string, string> = { "accept-encoding": "identity", ...(await request.headers?.()) };
  if (hub.token !== undefined && new URL(request.url).origin === new URL(hub.endpoint).origin) {
    headers.authorization = `Bearer ${hub.token}`;
  }
  try {
    const signals = signal ? [signal, watchdog.signal] : [watchdog.signal];
    const response = await fetch(request.url, { headers, signal: AbortSignal.any(signals) });
    watchdog.onChunk(0);
    watchdog.measureSpeed();
    if (isTransientStatus(response.status)) {
      const wait = requestedWait(response.status, response.headers);
      throw new TransientError(await responseError(response, request, subject, hub), wait);
    }
    if (response.status === RANGE_NOT_SATISFIABLE && request.startOver) {
      const error = await responseError(response, request, subject, hub);
      await request.startOver();
      throw new TransientError(error);
    }
    if (!response.ok) throw await responseError(response, request, subject, hub);
    if (isWebPage(response)) throw notDataError(request.url, subject);
    return await request.read(response, watchdog.onChunk);
  } catch (error) {
    if (signal?.aborted) throw abortError(signal);
    if (error instanceof DialoguePpoError || error instanceof TransientError) throw error;
    throw connectionError(access, request.url, error, watchdog.problem);
  } finally {
    watchdog.stop();
  }
}

/** Waits before the next attempt, or throws when the server asks for too long a wait. */
async function waitFor(error: TransientError, failures: number, access: HubAccess): Promise<void> {
  const { final, wait } = error;
  if (wait !== undefined && wait > LONGEST_WAIT) {
    throw new DialoguePpoError(
      "ERR_NETWORK",
      `${final.message}; the server asks to wait ${Math.ceil(wait)} s, run again then`,
      { cause: final },
    );
  }
  // One second more than asked for, because servers round.
  const backoff = Math.min(LONGEST_BACKOFF, FIRST_WAIT * 2 ** (failures - 1));
  const seconds = wait ? wait + 1 : backoff;
  access.onWait?.(
    `${final.message}; waiting ${Math.ceil(seconds)} s, then attempt ${failures + 1} of ${access.attempts}`,
  );
  const { signal } = access;
  await delay(seconds * 1000, undefined, signal ? { signal } : {}).catch(() => {
    throw abortError(signal);
  });
}

/**
 * Sends a request to the hub with the user's token, and reads the response. Like Python's client it repeats the request
 * after a transient error: a limit of requests, a server error, a lost connection, no data or too little of it for a
 * while. It waits as long as the server asks.
 *
 * @throws DialoguePpoError ERR_MODEL when the repository, its revision or the permission is the cause
 * @throws DialoguePpoError ERR_NETWORK for any other failure
 * @throws DialoguePpoError ERR_ABORTED when the signal aborts
 */
export async function requestHub<T>(access: HubAccess, request: HubRequest<T>): Promise<T> {
  let receivedBefore = (await request.received?.()) ?? 0;
  for (let failures = 0; ; ) {
    try {
      return await attempt(access, request);
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      const received = (await request.received?.()) ?? 0;
      failures = received - receivedBefore >= (request.progressBytes ?? 1) ? 1 : failures + 1;
      receivedBefore = Math.max(receivedBefore, received);
      if (failures >= access.attempts) throw error.final;
      await waitFor(error, failures, access);
    }
  }
}
