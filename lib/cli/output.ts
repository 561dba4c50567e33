import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";

/** Results go to stdout and nothing else does; a person reads stderr. */

/** Writes one JSON object as a line of stdout. */
export function printJson(object: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}

/** Says something to the person at the terminal. */
export function printMessage(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Numbers as a person reads them: 17,694. */
export const formatInteger = (value: number): string => value.toLocaleString("en-US");

/**
 * Node gives terminals their modes back when it exits, and aborts when one is gone: descriptors that were a terminal and no
 * longer are one go to the null device.
 */
function replaceClosedTerminals(terminals: readonly number[]): void {
  for (const descriptor of terminals.filter((one) => !isatty(one))) {
    closeSync(descriptor);
    // The lowest free number is given, which is the one that was closed.
    openSync("/dev/null", "r+");
  }
}

/** A reader that goes away (`| head`, a closed terminal) ends the output, not the work. */
export function tolerateClosedOutput(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  if (terminals.length > 0) process.on("exit", () => replaceClosedTerminals(terminals));
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    });
  }
}
