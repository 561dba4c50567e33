import { DialoguePpoError } from "./errors.ts";
import type { Logger } from "./log.ts";
import { checkNames, checkObject } from "./names.ts";

/** Options of every call that takes a while. */
export interface CallOptions {
  /** Ends the call at once: it fails with ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Receives notes and warnings. Default: none are written. */
  readonly log?: Logger | undefined;
}

/** What an option of a call has to be. */
type Kind = keyof typeof EXPECTED;

const EXPECTED = {
  signal: "an AbortSignal",
  log: "an object with the functions info and warn",
  function: "a function",
  list: "a list",
  path: "a path",
  text: "a text",
  reward: "a function, or an object with a name, the function score and, if any, the function begin",
  any: "",
} as const;

const hasFunctions = (value: unknown, names: readonly string[]): boolean =>
  typeof value === "object" &&
  value !== null &&
  names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");

function isOfKind(value: unknown, kind: Kind): boolean {
  if (kind === "any") return true;
  if (kind === "signal") return hasFunctions(value, ["addEventListener", "removeEventListener"]);
  if (kind === "log") return hasFunctions(value, ["info", "warn"]);
  if (kind === "list") return Array.isArray(value);
  if (kind === "text") return typeof value === "string";
  if (kind === "path") return typeof value === "string" && value !== "" && !value.includes("\0");
  if (typeof value === "function") return true;
  if (kind !== "reward" || !hasFunctions(value, ["score"])) return false;
  const { name, begin } = value as { name?: unknown; begin?: unknown };
  return typeof name === "string" && name !== "" && (begin === undefined || typeof begin === "function");
}

/** @throws DialoguePpoError ERR_CONFIG when a value, such as an option, is not of its kind */
export function checkKind(where: string, name: string, value: unknown, kind: Kind): void {
  if (isOfKind(value, kind)) return;
  throw new DialoguePpoError("ERR_CONFIG", `${where}: ${name}: expected ${EXPECTED[kind]}`);
}

/**
 * Checks options of a call whose kinds are given. An absent option is of every kind.
 * @throws DialoguePpoError ERR_CONFIG
 */
export function checkKinds(where: string, options: object, kinds: Readonly<Record<string, Kind>>): void {
  for (const [name, kind] of Object.entries(kinds)) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) checkKind(where, name, value, kind);
  }
}

/**
 * Checks the two arguments of a call before any work: its input is an object, and its call options have known names and
 * kinds.
 *
 * @param where name of the function, for messages
 * @param further call options besides those of {@link CallOptions}
 * @throws DialoguePpoError ERR_CONFIG
 */
export function checkCall(
  where: string,
  input: unknown,
  call: CallOptions,
  further: Readonly<Record<string, Kind>> = {},
): void {
  checkObject(input, where);
  checkObject(call, where);
  const kinds: Readonly<Record<string, Kind>> = { signal: "signal", log: "log", ...further };
  checkNames(call, Object.keys(kinds), where);
  for (const [name, value] of Object.entries(call)) {
    if (value !== undefined) checkKind(where, name, value, kinds[name] as Kind);
  }
}

type Callback = (...values: unknown[]) => unknown;

/** The options of a call with callbacks that may be async functions. */
export interface GuardedCall<Call> {
  /**
   * The options with guarded callbacks and log. When a promise that one of them returned is rejected, the next call of
   * any of them throws the error, as a callback that is no async function would have done itself.
   */
  readonly call: Call;
  /** Waits for the promises. To be called when the work is done. Throws the error of one that was rejected. */
  readonly settle: () => Promise<void>;
}

/** Guards the callbacks of a call: without it, a rejected promise of an async one would end the process. */
export function guardCallbacks<Call extends object>(call: Call): GuardedCall<Call> {
  const pending = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
  };
  const throwFailure = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  const guard =
    (callback: Callback): Callback =>
    (...values) => {
      throwFailure();
      const result = callback(...values);
      if (!(result instanceof Promise)) return;
      const settled = result.then(() => undefined, fail).finally(() => pending.delete(settled));
      pending.add(settled);
    };
  const guardOption = ([name, value]: [string, unknown]): [string, unknown] => {
    if (name === "log" && value !== undefined) {
      const log = value as Logger;
      return [
        name,
        { info: guard((line) => log.info(line as string)), warn: guard((line) => log.warn(line as string)) },
      ];
    }
    // What a reward returns is awaited where it is used.
    return [name, typeof value === "function" && name !== "reward" ? guard(value as Callback) : value];
  };
  return {
    call: Object.fromEntries(Object.entries(call).map(guardOption)) as Call,
    settle: async () => {
      await Promise.all(pending);
      throwFailure();
    },
  };
}

/** Does the work of a call with guarded callbacks, see {@link guardCallbacks}. Throws what any of these throws. */
export async function withCallbacks<Call extends object, Result>(
  options: Call,
  work: (call: Call) => Promise<Result>,
): Promise<Result> {
  const { call, settle } = guardCallbacks(options);
  const result = await work(call);
  await settle();
  return result;
}

/** Called while a call goes on, with the name of its phase, what is done of it, and its total. */
export type PhaseProgress = (phase: string, done: number, total: number) => void;

/** Called while a file is downloaded, with its name, the bytes so far and all bytes. */
export type DownloadProgress = (file: string, done: number, total: number) => void;

/** Options of a call that may download models from the hub. */
export interface DownloadCallOptions extends CallOptions {
  readonly onDownload?: DownloadProgress | undefined;
}
