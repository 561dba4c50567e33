import { checkKind, checkNames, checkObject, type Kind } from "./arguments.ts";
import { DialoguePpoError } from "./errors.ts";
import type { Logger } from "./log.ts";

/** Options of every call that takes a while. */
export interface CallOptions {
  /** Ends the call at once: it fails with ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Receives notes and warnings. Default: none are written. Its methods may be async functions, as callbacks may. */
  readonly log?: Logger | undefined;
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
  const names = Object.keys(kinds);
  const misplaced = names.find((name) => Object.hasOwn(input, name));
  if (misplaced !== undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${where}: ${misplaced} belongs in the second argument: ${where}(options, { ${misplaced} })`,
    );
  }
  checkNames(call, names, `${where}: second argument`);
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
