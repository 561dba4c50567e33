import type { Logger } from "./log.ts";
import { checkNames } from "./names.ts";

/** Options of every call that takes a while. */
export interface CallOptions {
  /** Ends the call at once: it fails with ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Receives notes and warnings. Default: none are written. */
  readonly log?: Logger | undefined;
}

/**
 * Checks the names of the options of a call.
 *
 * @param further names of the options that the call has besides those of {@link CallOptions}
 * @throws DialoguePpoError ERR_CONFIG
 */
export function checkCall(call: CallOptions, where: string, further: readonly string[] = []): void {
  checkNames(call, ["signal", "log", ...further], where);
}

/** Called while a file is downloaded, with its name, the bytes so far and all bytes. */
export type DownloadProgress = (file: string, done: number, total: number) => void;

/** Options of a call that may download models from the hub. */
export interface DownloadCallOptions extends CallOptions {
  readonly onDownload?: DownloadProgress | undefined;
}
