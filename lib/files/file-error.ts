import { existsSync, readdirSync, type Stats, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DialoguePpoError, type ErrorCode } from "../errors.ts";

/** Reasons that lie in the system's state. Another path or option does not help as long as it lasts. */
const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EIO: "the disk reports an input/output error",
  EFBIG: "the file would exceed the largest size that is allowed (ulimit -f)",
  EMFILE: "this process has too many open files (ulimit -n)",
  ENFILE: "the system has too many open files",
  ENOMEM: "the system is out of memory",
};

/** Reasons that lie in the path that was given. */
const PATH_REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  EEXIST: "it exists already",
  ENOTEMPTY: "the folder is not empty",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its symbolic links form a loop",
  EBUSY: "it is in use",
  ETXTBSY: "it is in use",
};

/** With fewer open files than this, a command may not be able to read all its modules. */
const FEW_OPEN_FILES = 256;

/** Whether this process may open few files only. Where there is no such limit, it may not. */
function hasLowFileLimit(): boolean {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files: { soft: unknown } } };
  return Number(userLimits?.open_files.soft) < FEW_OPEN_FILES;
}

/**
 * Whether Node did not find a file of a package that is there. When the limit of open files keeps it from reading the
 * package's description, it does not say so, but looks for index.js and says that the package is missing.
 */
function isUnreadPackage(message: string): boolean {
  const file = /^Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1];
  if (file === undefined || !path.isAbsolute(file)) return false;
  return existsSync(path.join(path.dirname(file), "package.json")) && hasLowFileLimit();
}

/**
 * Returns the name that the system gives to an error of the file system. Node's loader of modules can leave it in the
 * message alone: "EMFILE: too many open files, open ...".
 */
function errorName(error: unknown): string {
  const { code, message = "" }: Partial<NodeJS.ErrnoException> = Object(error);
  if (code === "ERR_MODULE_NOT_FOUND" && isUnreadPackage(message)) return "EMFILE";
  return code ?? /^(E[A-Z]+): /.exec(message)?.[1] ?? "";
}

/** Returns the code of an error of the file system: ERR_IO or ERR_CONFIG; undefined for any other error. */
export function fileErrorCode(error: unknown): Extract<ErrorCode, "ERR_IO" | "ERR_CONFIG"> | undefined {
  const name = errorName(error);
  if (name in SYSTEM_REASONS) return "ERR_IO";
  return name in PATH_REASONS ? "ERR_CONFIG" : undefined;
}

/**
 * Returns the reason of an error of the file system as a clause; for any other error, the first line of its message.
 */
export function fileErrorReason(error: unknown): string {
  const name = errorName(error);
  const { syscall } = error as NodeJS.ErrnoException;
  if (name === "ENOTDIR" && syscall === "scandir") return "it is a file; expected a folder";
  const reason = SYSTEM_REASONS[name] ?? PATH_REASONS[name];
  const { message = String(error) } = error as Error;
  return reason ?? (message.split("\n")[0] as string);
}

/** Reasons that say nothing about the file that was to be read. */
const EXHAUSTED = ["EMFILE", "ENFILE", "ENOMEM"];

/**
 * Returns the error to throw after a read failed: the error itself when it is one of this package, and otherwise one
 * line with the path and the reason.
 *
 * @param code code of the error, unless the process or the system lacks something (ERR_IO)
 * @param expected what the file should be: "a JSON file"
 */
export function readError(file: string, cause: unknown, code: ErrorCode, expected: string): DialoguePpoError {
  if (cause instanceof DialoguePpoError) return cause;
  const reason = `${file}: ${fileErrorReason(cause)}`;
  if (EXHAUSTED.includes(errorName(cause))) return new DialoguePpoError("ERR_IO", reason, { cause });
  // The reason of a file in place of a folder says what was expected.
  const whole = reason.includes("; expected ") ? reason : `${reason}; expected ${expected}`;
  return new DialoguePpoError(code, whole, { cause });
}

/** Errors that say that there is no such file. */
const ABSENT = ["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"];

/** Returns whether an error says that there is no such file. One that may not be read is there. */
export const isAbsence = (error: unknown): boolean => ABSENT.includes(errorName(error));

/**
 * Returns what the system says of a file or folder; undefined when there is none.
 *
 * @param code code of the error
 * @param expected what it should be: "a folder"
 * @throws DialoguePpoError when a folder above it may not be entered. Taken for absent, a run would begin anew, or a
 *   model would be looked for elsewhere
 */
export function statsOf(file: string, code: ErrorCode, expected: string): Stats | undefined {
  try {
    return statSync(file);
  } catch (cause) {
    if (isAbsence(cause)) return undefined;
    throw readError(file, cause, code, expected);
  }
}

/**
 * Returns the names in a folder.
 *
 * @param code code of the error
 * @param expected what it should be: "a folder"
 * @throws DialoguePpoError when it is no folder, or may be entered but not listed
 */
export function namesIn(folder: string, code: ErrorCode, expected: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw readError(folder, cause, code, expected);
  }
}

/** Returns the folder of temporary files as messages name it. Users know neither its files nor who chose it. */
export const temporaryFolder = (): string => `the folder of temporary files, ${os.tmpdir()} (see TMPDIR),`;

/**
 * Returns the error to throw after a write failed: one line with the path for an error of the file system, otherwise
 * the error itself.
 *
 * @param target file or folder that was written
 */
export function writeError(target: string, error: unknown): unknown {
  const code = error instanceof DialoguePpoError ? undefined : fileErrorCode(error);
  if (code === undefined) return error;
  return new DialoguePpoError(
    code,
    `${target} cannot be written: ${fileErrorReason(error)} (${errorName(error)})`,
    {
      cause: error,
    },
  );
}
