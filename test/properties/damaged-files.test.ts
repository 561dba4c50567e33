import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadDialogues } from "../../lib/data/load.ts";
import { readTextDocument } from "../../lib/data/text-stream.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { readConfigFile } from "../../lib/options/resolve.ts";
import { readCalibration } from "../../lib/reward/calibration-file.ts";
import { resolvePreset } from "../../lib/reward/presets.ts";
import { openRowData, readTexts } from "../../lib/score/texts.ts";
import { loadSpaces } from "../../lib/spaces/load.ts";
import { saveSpaces } from "../../lib/spaces/spaces.ts";
import { WordVectors } from "../../lib/spaces/vectors.ts";
import { temporaryFolder } from "../temporary.ts";
import { fc, resultOrError } from "./laws.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** A reader, and a file that it can read. */
interface Reader {
  readonly name: string;
  readonly sample: Uint8Array;
  read(file: string): unknown;
}

const text = (content: string): Uint8Array => Buffer.from(content);
const DIALOGUE = "A:: So, did you go?\nB:: Yes, I did. It was good.\nA:: I see.";

async function scoreTexts(data: string): Promise<void> {
  const reading = { keepLabels: false, paragraphs: "lines", warn: () => {} } as const;
  const rows = await openRowData(data, "text", undefined, () => {});
  for await (const _ of readTexts({ files: [], data: rows, source: undefined, ...reading }));
}

const READERS: readonly Reader[] = [
  { name: "text.txt", sample: text(DIALOGUE), read: (file) => readTextDocument(file) },
  {
    name: "data.csv",
    sample: text(`Filename,text\n1,"${DIALOGUE}"\n"2","A:: ""Hm"", she said;\nB:: No"\n`),
    read: (file) => loadDialogues(file, { minWords: 1 }),
  },
  {
    name: "data.jsonl",
    sample: text(
      `${JSON.stringify({ id: 1, text: DIALOGUE })}\n${JSON.stringify({ text: "A:: Hm.\nB:: \ud83d\ude00" })}\n`,
    ),
    read: (file) => loadDialogues(file, { minWords: 1 }),
  },
  {
    name: "data.json",
    sample: text(
      JSON.stringify([
        {
          messages: [
            { role: "user", content: "Hi" },
            { role: "assistant", content: ["yes"] },
          ],
        },
      ]),
    ),
    read: (file) => loadDialogues(file, { minWords: 1 }),
  },
  {
    name: "texts.jsonl",
    sample: text(
      `${JSON.stringify({
        id: "x",
        paragraphs: [
          [
            [
              ["Dogs", "dog", "NNS", "CN"],
              [".", ".", ".", ""],
            ],
          ],
        ],
      })}\n${JSON.stringify({ paragraphs: [] })}\n`,
    ),
    read: scoreTexts,
  },
  {
    name: "calibration.json",
    sample: readFileSync(path.join(root, "data/starter/calibration.json")),
    read: (file) => readCalibration(file),
  },
  {
    name: "preset.json",
    sample: readFileSync(path.join(root, "data/presets/taaco.json")),
    read: (file) => resolvePreset(file),
  },
  { name: "config.json", sample: text('{"steps": 3, "learning-rate": 1e-5}'), read: readConfigFile },
  {
    name: "config.yaml",
    sample: text("steps: 3\nlearning-rate: 1e-5\n# note\nseed: &a 4\n"),
    read: readConfigFile,
  },
  {
    name: "vectors.txt",
    sample: text("2 3\ndog 1 2 3\ncat 0.5 -1 2e-3\n"),
    read: (file) => loadSpaces(file),
  },
  {
    name: "vectors.bin",
    sample: Buffer.concat([
      text("2 2\n"),
      text("dog "),
      Buffer.from(Float32Array.of(1, 2).buffer),
      text("\ncat "),
      Buffer.from(Float32Array.of(3, 4).buffer),
      text("\n"),
    ]),
    read: (file) => loadSpaces(file),
  },
];

/** One change of a file: bytes that are inserted and removed at a position, which is a share of the length. */
interface Change {
  readonly at: number;
  readonly remove: number;
  readonly insert: Uint8Array;
}

const PIECES = [
  '"',
  "\\",
  "\0",
  "{",
  "]",
  "null",
  "1e999",
  "-",
  "\n",
  "\r",
  ",",
  ";",
  "\ufeff",
  "&a *a",
  "::",
];

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat({ max: 40 }),
    insert: fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.constantFrom(...PIECES.map(text))),
  }),
  { minLength: 1, maxLength: 6 },
);

function applyChanges(bytes: Uint8Array, list: readonly Change[]): Buffer {
  let result = Buffer.from(bytes);
  for (const { at, remove, insert } of list) {
    const start = Math.floor(at * result.length);
    result = Buffer.concat([result.subarray(0, start), insert, result.subarray(start + remove)]);
  }
  return result;
}

/** Milliseconds that a reader may take for a small file on a busy machine. */
const LIMIT = 10_000;

async function readInTime(read: () => unknown): Promise<void> {
  const start = performance.now();
  await resultOrError(async () => await read());
  expect(performance.now() - start).toBeLessThan(LIMIT);
}

describe.each(READERS)("the reader of $name", ({ name, sample, read }) => {
  const file = path.join(temporaryFolder(), name);
  const readBytes = (bytes: Uint8Array): Promise<void> => {
    writeFileSync(file, bytes);
    return readInTime(() => read(file));
  };

  it("reads the file as it is", async () => {
    writeFileSync(file, sample);
    await read(file);
  });

  it("returns a result or one clear error for the file with changes", () =>
    fc.assert(fc.asyncProperty(changes, (list) => readBytes(applyChanges(sample, list)))));

  it("returns a result or one clear error for random bytes", () =>
    fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), readBytes), { numRuns: 50 }));
});

describe("a folder with one damaged file", () => {
  it("of spaces gives a result or one clear error", async () => {
    const dir = path.join(temporaryFolder(), "spaces");
    const spaces = (["lsa", "lda"] as const).map(
      (kind) => new WordVectors(kind, 2, ["dog", "cat"], Float32Array.of(1, 2, 3, 4)),
    );
    await saveSpaces(dir, spaces, {}, { dtype: "int8" });
    const property = fc.asyncProperty(
      fc.constantFrom("spaces.json", "lsa-words.txt", "lsa.int8"),
      changes,
      async (name, list) => {
        const file = path.join(dir, name);
        const whole = readFileSync(file);
        writeFileSync(file, applyChanges(whole, list));
        await readInTime(() => loadSpaces(dir));
        writeFileSync(file, whole);
      },
    );
    await fc.assert(property);
  });

  it.each(["opt", "llama"])(
    "of the tokenizer %s gives a usable tokenizer or one clear error",
    async (kind) => {
      const dir = temporaryFolder();
      cpSync(path.join(root, "test/golden/tokenizers", kind), dir, { recursive: true });
      const file = path.join(dir, "tokenizer.json");
      const whole = readFileSync(file);
      const property = fc.asyncProperty(changes, async (list) => {
        writeFileSync(file, applyChanges(whole, list));
        await readInTime(async () => {
          const tokenizer = await Tokenizer.load(dir);
          tokenizer.decode(
            tokenizer.encode("Well, 'a' dog\n \ud83d\ude00 \ud83d </s>", { allowSpecial: true }),
          );
          return tokenizer.idsContaining("\n");
        });
      });
      await fc.assert(property, { numRuns: 60 });
    },
  );
});
