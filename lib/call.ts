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
  reward: "a function, or an object with the function score",
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
  return typeof value === "function" || (kind === "reward" && hasFunctions(value, ["score"]));
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
    const kind = kinds[name] as Kind;
    if (value === undefined || isOfKind(value, kind)) continue;
    throw new DialoguePpoError("ERR_CONFIG", `${where}: ${name}: expected ${EXPECTED[kind]}`);
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
