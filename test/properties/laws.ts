import * as fc from "fast-check";
import { expect } from "vitest";
import { DialoguePpoError } from "../../lib/errors.ts";

// Every run draws the same values. FC_SEED=<number> draws others. A failure prints its seed and the smallest
// counterexample.
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 14), numRuns: 100 });

export { fc };

/**
 * Runs a reader on arbitrary input. The reader must succeed or fail with a DialoguePpoError of one line.
 * @returns the result, or undefined after an error
 */
export async function resultOrError<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DialoguePpoError)) throw error;
    expect(error.message).toMatch(/^[^\n\r]+$/);
    return undefined;
  }
}

/** Any text of complete code points, without U+FFFD, which readers treat as damaged UTF-8. */
export const anyText = (maxLength = 20): fc.Arbitrary<string> =>
  fc.string({ unit: "binary", maxLength }).filter((text) => !text.includes("\ufffd"));

/** Text in which the given characters are frequent. */
export const textOver = (characters: string, maxLength = 60): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters), maxLength });

/** A finite number that JSON preserves, which excludes -0. */
export const jsonNumber = (constraints: fc.DoubleConstraints = {}): fc.Arbitrary<number> =>
  fc
    .double({ noNaN: true, noDefaultInfinity: true, ...constraints })
    .map((value) => (value === 0 ? 0 : value));
