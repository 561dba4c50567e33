import { DialoguePpoError } from "./errors.ts";
import type { Logger } from "./log.ts";
import { checkNames, checkObject } from "./names.ts";
import { isRecord } from "./values.ts";

/** Options of every call that takes a while. */
export interface CallOptions {
  /** Ends the call at once: it fails with ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Receives notes and warnings. Default: none are written. Its methods may be async functions, as callbacks may. */
  readonly log?: Logger | undefined;
}

const hasFunctions = (value: unknown, names: readonly string[]): value is Record<string, unknown> =>
  isRecord(value) && names.every((name) => typeof value[name] === "function");

const isFunction = (value: unknown): boolean => typeof value === "function";

const isText = (value: unknown): value is string => typeof value === "string";

/** Returns whether a value can compute rewards: a function, or an object with the members that `Reward` requires. */
function isRewardSource(value: unknown): boolean {
  if (isFunction(value)) return true;
  if (!hasFunctions(value, ["score"])) return false;
  const { name, begin } = value;
  return isText(name) && name !== "" && (begin === undefined || isFunction(begin));
}

/** What an option of a call can be, with the words of messages. */
const KINDS = {
  signal: {
    expected: "an AbortSignal",
    accepts: (value: unknown) => hasFunctions(value, ["addEventListener", "removeEventListener"]),
  },
  log: {
    expected: "an object with the functions info and warn",
    accepts: (value: unknown) => hasFunctions(value, ["info", "warn"]),
  },
  function: { expected: "a function", accepts: isFunction },
  list: { expected: "a list", accepts: (value: unknown) => Array.isArray(value) },
  path: {
    expected: "a path",
    accepts: (value: unknown) => isText(value) && value !== "" && !value.includes("\0"),
  },
  text: { expected: "a text", accepts: isText },
  reward: {
    expected: "a function, or an object with a name, the function score and, if any, the function begin",
    accepts: isRewardSource,
  },
  any: { expected: "anything", accepts: () => true },
} as const;

/** Name of what an option of a call has to be. */
type Kind = keyof typeof KINDS;

/** @throws DialoguePpoError ERR_CONFIG when a value, such as an option, is not of its kind */
export function checkKind(where: string, name: string, value: unknown, kind: Kind): void {
  const { accepts, expected } = KINDS[kind];
  if (!accepts(value)) throw new DialoguePpoError("ERR_CONFIG", `${where}: ${name}: expected ${expected}`);
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

/** Called while a call goes on, with the name of its phase, what is done of it, and its total. */
export type PhaseProgress = (phase: string, done: number, total: number) => void;

/** Called while a file is downloaded, with its name, the bytes so far and all bytes. */
export type DownloadProgress = (file: string, done: number, total: number) => void;

/** Options of a call that may download models from the hub. */
export interface DownloadCallOptions extends CallOptions {
  readonly onDownload?: DownloadProgress | undefined;
}
