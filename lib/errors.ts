import { printable } from "./format.ts";

/** Codes of a {@link DialoguePpoError}. Programs should test the code, because the wording of messages can change. */
export type ErrorCode =
  | "ERR_CONFIG"
  | "ERR_DATA"
  | "ERR_CHECKPOINT_FORMAT"
  | "ERR_MODEL"
  | "ERR_TOKENIZER"
  | "ERR_DEVICE"
  | "ERR_OUT_OF_MEMORY"
  | "ERR_SHAPE"
  | "ERR_NATIVE_MISSING"
  | "ERR_DISPOSED"
  | "ERR_ABORTED"
  | "ERR_NETWORK"
  | "ERR_IO"
  | "ERR_DIVERGED"
  | "ERR_TIMEOUT"
  | "ERR_INTERNAL";

const EXIT_CODES: Partial<Record<ErrorCode, number>> = {
  ERR_CONFIG: 2,
  ERR_DATA: 2,
  ERR_CHECKPOINT_FORMAT: 2,
  ERR_MODEL: 2,
  ERR_TOKENIZER: 2,
  ERR_DEVICE: 2,
  ERR_NATIVE_MISSING: 3,
  ERR_ABORTED: 130,
};

/** Longest message in characters. Names in damaged files can be of any length. */
const MAX_MESSAGE = 1400;
/** Characters of the end of a longer message that are kept, since what was expected stands there. */
const KEPT_END = 500;

/**
 * Returns a message on one line: quoted file content and messages of libraries can contain line breaks, and other
 * control characters, which a terminal would follow.
 */
function toLine(message: string): string {
  const end = message.length - KEPT_END;
  const short =
    message.length > MAX_MESSAGE
      ? `${message.slice(0, MAX_MESSAGE - KEPT_END)} [...] ${message.slice(end)}`
      : message;
  return printable(short.replace(/\s*[\r\n]+\s*/g, " "));
}

/** Error class of this package. The message is one line: what is wrong, where, and what was expected. */
export class DialoguePpoError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(toLine(message), options);
    this.code = code;
    // `fetch` uses this name for aborted requests, so `error.name === "AbortError"` works here as well.
    this.name = code === "ERR_ABORTED" ? "AbortError" : "DialoguePpoError";
  }

  /** Process exit code for this error: 2 for bad input, 3 for a missing addon, 130 for an interruption, otherwise 1. */
  get exitCode(): number {
    return EXIT_CODES[this.code] ?? 1;
  }
}

/**
 * Refuses what the user asked for.
 * @throws DialoguePpoError ERR_CONFIG
 */
export function refuse(message: string): never {
  throw new DialoguePpoError("ERR_CONFIG", message);
}

/** Returns the message of what was thrown, which need not be an error. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

/** Returns the error of an aborted operation, with the signal's reason as its cause. */
export function abortError(signal: AbortSignal | undefined): DialoguePpoError {
  return new DialoguePpoError("ERR_ABORTED", "the operation was aborted", { cause: signal?.reason });
}
