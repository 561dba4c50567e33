import { DialoguePpoError, type ErrorCode } from "../../errors.ts";
import { fileErrorCode, fileErrorReason } from "../../files/file-error.ts";

/**
 * Returns the code and message of an error in a scoring worker. A worker opens files of its own, those of its modules
 * among them, and can meet a limit that the main thread has not met.
 */
export function workerFailure(error: unknown): { readonly code: ErrorCode; readonly message: string } {
  if (error instanceof DialoguePpoError) return { code: error.code, message: error.message };
  const code = fileErrorCode(error) === "ERR_IO" ? "ERR_IO" : "ERR_INTERNAL";
  return { code, message: fileErrorReason(error) };
}
