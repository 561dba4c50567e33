/** Results go to stdout and nothing else does; a person reads stderr. */

/** Writes one JSON object as a line of stdout. */
export function emit(object: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}

/** Says something to the person at the terminal. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Numbers as a person reads them: 17,694. */
export const thousands = (value: number): string => value.toLocaleString("en-US");

/** A reader that goes away (`| head`, a closed terminal) ends the output, not the work. */
export function tolerateClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    });
  }
}
