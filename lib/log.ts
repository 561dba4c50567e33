/** Where progress, warnings and notes go; results never pass here. */
export interface Logger {
  /** Something the reader should know. */
  info(message: string): void;
  /** Something the reader may have to act on. */
  warn(message: string): void;
}

/** Says nothing; the default of the library. */
export const silentLogger: Logger = { info: () => {}, warn: () => {} };
