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
  isRecord(value) && names.every((name) => typeof value[name] === "function");

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

/** Called while a call goes on, with the name of its phase, what is done of it, and its total. */
export type PhaseProgress = (phase: string, done: number, total: number) => void;

/** Called while a file is downloaded, with its name, the bytes so far and all bytes. */
export type DownloadProgress = (file: string, done: number, total: number) => void;

/** Options of a call that may download models from the hub. */
export interface DownloadCallOptions extends CallOptions {
  readonly onDownload?: DownloadProgress | undefined;
}
