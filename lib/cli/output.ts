import { once } from "node:events";
import { closeSync, fstatSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import { DialoguePpoError } from "../errors.ts";
import { fileErrorReason } from "../files/file-error.ts";
import { writeAll } from "../files/write-all.ts";
import { printable } from "../format.ts";
import { aboveBars, writeAboveBars } from "./progress.ts";

/** Output of the commands. Results go to standard output, messages to standard error. */

/** Thrown when the reader of standard output has gone, as in `| head`. The command then ends without a message. */
export class OutputClosed extends Error {}

/** The first error of standard output. */
let outputError: NodeJS.ErrnoException | undefined;

const isClosed = ({ code }: NodeJS.ErrnoException): boolean => code === "EPIPE" || code === "EIO";

/**
 * Checks that standard output still takes results.
 *
 * @throws OutputClosed when its reader has gone
 * @throws DialoguePpoError ERR_IO when it cannot be written, for example because its disk is full
 */
export function checkStdout(): void {
  if (outputError === undefined) return;
  if (isClosed(outputError)) throw new OutputClosed("standard output was closed");
  const reason = fileErrorReason(outputError);
  throw new DialoguePpoError("ERR_IO", `standard output cannot be written: ${reason}`, {
    cause: outputError,
  });
}

/**
 * Checks at the end of a command that its results have arrived. A reader that has gone does not matter then.
 * @throws DialoguePpoError ERR_IO when standard output could not be written
 */
export async function checkOutputAtEnd(): Promise<void> {
  // Errors of the last writes arrive as events.
  await new Promise((resolve) => setImmediate(resolve));
  if (outputError !== undefined && !isClosed(outputError)) checkStdout();
}

/**
 * Writes a part of many results to standard output, as soon as it takes more.
 * @throws OutputClosed, DialoguePpoError as {@link checkStdout} does
 */
export async function writeResults(text: string): Promise<void> {
  checkStdout();
  if (aboveBars(process.stdout, () => process.stdout.write(text))) return;
  // The error that ends the waiting is also that of `checkStdout`.
  await once(process.stdout, "drain").catch(() => {});
  checkStdout();
}

/** Writes whole lines to standard output as they are, colours included, above the progress bars. */
export function printLines(lines: string): void {
  aboveBars(process.stdout, () => process.stdout.write(lines));
}

/** Writes text to standard output. Control characters in it are shown and not executed by the terminal. */
export function printResult(text: string): void {
  printLines(printable(text));
}

/** Writes an object to standard output as one line of JSON. */
export function printJson(object: Readonly<Record<string, unknown>>): void {
  const json = JSON.stringify(object).replace(
    /[\x7f-\x9f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
  printLines(`${json}\n`);
}

/** Writes a line to standard error. Control characters in it are shown and not executed by the terminal. */
export function printMessage(text: string): void {
  writeAboveBars(printable(text));
}

/** Returns the width of a terminal in characters; 80 for a stream that is not one. */
export const terminalWidth = (stream: { readonly columns?: number } = process.stdout): number =>
  Math.max(40, stream.columns || 80);

/** Returns the number of columns of help, which is hard to read in longer lines. */
export const helpWidth = (): number => Math.min(110, terminalWidth());

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

/**
 * Writes each part of standard output completely when it is a file. Node tries once, and what a disk that is nearly
 * full does not take is lost without an error.
 */
function writeFileCompletely(): void {
  const { stdout } = process;
  if (!fstatSync(stdout.fd).isFile()) return;
  stdout._write = (chunk: Uint8Array, _encoding, done) => {
    try {
      writeAll(stdout.fd, chunk, null);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  };
}

/**
 * Lets the command go on after an error of an output: a reader that has gone (`| head`), a closed terminal, a full
 * disk. An error of standard output is kept for {@link checkStdout}. Messages that standard error does not take are
 * lost.
 */
export function tolerateOutputErrors(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  if (terminals.length > 0) process.on("exit", () => replaceClosedTerminals(terminals));
  writeFileCompletely();
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    outputError ??= error;
  });
  process.stderr.on("error", () => {});
}
