import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadSpaces } from "../../lib/spaces/load.ts";
import { temporaryFile } from "../temporary.ts";
import { anyText, fc, jsonNumber, resultOrError, textOver } from "./laws.ts";

interface Vectors {
  readonly words: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

const float = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
/** Distinct lower-case words without the separators of the formats. */
const word = fc
  .oneof(anyText(8), textOver("abcé日", 4))
  .map((text) => text.toLowerCase().replaceAll(/[\s\p{C}#]/gu, ""))
  .filter((text) => text !== "" && text === text.toLowerCase());
const vectors: fc.Arbitrary<Vectors> = fc.integer({ min: 2, max: 5 }).chain((dimensions) =>
  fc.uniqueArray(word, { minLength: 1, maxLength: 6 }).chain((words) =>
    fc.record({
      words: fc.constant(words),
      rows: fc.array(fc.array(float, { minLength: dimensions, maxLength: dimensions }), {
        minLength: words.length,
        maxLength: words.length,
      }),
    }),
  ),
);

const dimensionsOf = ({ rows }: Vectors): number => rows[0]?.length ?? 0;
const lines = ({ words, rows }: Vectors, separator: string): string =>
  words.map((word, at) => `${word}${separator}${rows[at]?.join(" ")}\n`).join("");

const FORMS: Record<string, (vectors: Vectors) => Buffer> = {
  "word2vec text": (vectors) =>
    Buffer.from(`${vectors.words.length} ${dimensionsOf(vectors)}\n${lines(vectors, " ")}`),
  GloVe: (vectors) => Buffer.from(lines(vectors, " ")),
  "the official export": (vectors) => Buffer.from(`${dimensionsOf(vectors)}\n${lines(vectors, "\t")}`),
  "word2vec binary": ({ words, rows }) =>
    Buffer.concat([
      Buffer.from(`${words.length} ${rows[0]?.length}\n`),
      ...words.flatMap((word, at) => [
        Buffer.from(`${word} `),
        Buffer.from(Float32Array.from(rows[at] ?? []).buffer),
      ]),
    ]),
};

async function read(content: Uint8Array): Promise<Vectors & { readonly dimensions: number }> {
  const file = temporaryFile("vectors");
  writeFileSync(file, content);
  const [space] = await loadSpaces(file);
  if (!space) throw new Error("no space");
  const { words, dimensions } = space;
  return { words, dimensions, rows: words.map((_, row) => [...space.vector(row)]) };
}

describe.each(Object.keys(FORMS))("%s", (name) => {
  const write = FORMS[name] as (vectors: Vectors) => Buffer;

  it("reads every word and number as written", async () => {
    await fc.assert(
      fc.asyncProperty(vectors, async (written) => {
        const bytes = write(written);
        // The reader recognises a binary file by its control characters. A file of few numbers may have none.
        fc.pre(name !== "word2vec binary" || bytes.some((byte) => byte < 9));
        expect(await read(bytes)).toEqual({ ...written, dimensions: dimensionsOf(written) });
      }),
      { numRuns: 60 },
    );
  });

  it("cut off or damaged anywhere, yields finite numbers or a one-line error", async () => {
    const damage = fc.record({ at: fc.nat(400), byte: fc.nat(255), cut: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(vectors, damage, async (written, { at, byte, cut }) => {
        const bytes = write(written);
        const place = at % bytes.length;
        if (!cut) bytes[place] = byte;
        const result = await resultOrError(() => read(cut ? bytes.subarray(0, place) : bytes));
        expect((result?.rows ?? []).flat().every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("any file", () => {
  it("is read as vectors or refused with a one-line error", async () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      textOver("12 \n\t\rae.-#\0", 40).map((text) => Buffer.from(text)),
    );
    await fc.assert(fc.asyncProperty(content, (bytes) => resultOrError(() => read(bytes)).then(() => {})));
  });

  it("contains only numbers that are finite as float32", async () => {
    await fc.assert(
      fc.asyncProperty(jsonNumber({ min: 0 }), async (value) => {
        const result = await resultOrError(() => read(Buffer.from(`1 2\nword 1 ${value}\n`)));
        expect(result === undefined).toBe(!Number.isFinite(Math.fround(value)));
      }),
    );
  });
});
