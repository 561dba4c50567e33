import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";

/** Output of the commands. Results go to standard output, messages to standard error. */

/** Writes an object to standard output as one line of JSON. */
export function printJson(object: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}

/** Writes a line to standard error. */
export function printMessage(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Returns the width of a terminal in characters; 80 for a stream that is none. */
export const terminalWidth = (stream: { readonly columns?: number } = process.stdout): number =>
  Math.max(40, stream.columns || 80);

/** Formats a number with thousands separators: "17,694". */
export const formatInteger = (value: number): string => value.toLocaleString("en-US");

/**
 * Opens the null device in place of terminals that were closed. Node restores the modes of its terminals at exit
 * and would crash on a closed one.
 *
 * @param terminals file descriptors that were terminals at the start
 */
function replaceClosedTerminals(terminals: readonly number[]): void {
  for (const descriptor of terminals.filter((one) => !isatty(one))) {
    closeSync(descriptor);
    // The system assigns the lowest free descriptor, which is the one that was just closed.
    openSync("/dev/null", "r+");
  }
}

/** Ignores errors of a closed output (`| head`, a closed terminal), so that the command continues its work. */
export function tolerateClosedOutput(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  if (terminals.length > 0) process.on("exit", () => replaceClosedTerminals(terminals));
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    });
  }
}
