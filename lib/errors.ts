/** Codes a {@link DialoguePpoError} can carry; callers branch on these, wording may improve. */
export type ErrorCode =
  | "ERR_CONFIG"
  | "ERR_DATA"
  | "ERR_CHECKPOINT_FORMAT"
  | "ERR_MODEL"
  | "ERR_TOKENIZER"
  | "ERR_DEVICE"
  | "ERR_DEVICE_OOM"
  | "ERR_SHAPE"
  | "ERR_NATIVE_MISSING"
  | "ERR_DISPOSED"
  | "ERR_ABORTED"
  | "ERR_NETWORK"
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

/** Every failure this package reports: one line that says what, where and what was expected. */
export class DialoguePpoError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    // A quoted piece of a file, or a library's message, may have line ends in it.
    super(message.replace(/\s*[\r\n]+\s*/g, " "), options);
    this.code = code;
    // The web's convention, so that `error.name === "AbortError"` works as with fetch.
    this.name = code === "ERR_ABORTED" ? "AbortError" : "DialoguePpoError";
  }

  /** Process exit code for this error: 2 bad input, 3 addon missing, 130 interrupted, else 1. */
  get exitCode(): number {
    return EXIT_CODES[this.code] ?? 1;
  }
}

/** Wraps a cancelled operation's reason. */
export function abortError(signal: AbortSignal | undefined): DialoguePpoError {
  return new DialoguePpoError("ERR_ABORTED", "the operation was aborted", { cause: signal?.reason });
}
