/** Receives progress, notes and warnings. Results are never sent to it. */
export interface Logger {
  /** Reports information that needs no action. */
  info(message: string): void;
  /** Reports a problem that may need action. */
  warn(message: string): void;
}

/** Discards all messages. This is the default of the library functions. */
export const silentLogger: Logger = { info: () => {}, warn: () => {} };
