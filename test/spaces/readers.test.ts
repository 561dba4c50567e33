import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadSpaces } from "../../lib/spaces/load.ts";
import { givenSpaces } from "../../lib/spaces/readers/official.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const writeTemporary = (name: string, content: string | Buffer, dir = temporaryFolder()): string =>
  writerIn(dir)(name, content);

/** Encodes rows in the binary format of word2vec. */
function binary(
  rows: readonly (readonly [string, readonly number[]])[],
  header?: string,
  separator = "\n",
): Buffer {
  const dimensions = rows[0]?.[1].length ?? 0;
  const parts = rows.map(([word, vector]) => {
    const numbers = Buffer.alloc(4 * vector.length);
    for (const [at, value] of vector.entries()) numbers.writeFloatLE(value, 4 * at);
    return Buffer.concat([Buffer.from(`${word} `), numbers, Buffer.from(separator)]);
  });
  return Buffer.concat([Buffer.from(header ?? `${rows.length} ${dimensions}\n`), ...parts]);
}

const ROWS: [string, number[]][] = [
  ["tea", [1, -2, 0.5]],
  ["New", [0.25, 0.125, 3]],
  ["new", [7, 8, 9]],
  ["café", [0, 0, -1]],
];

async function readWords(file: string): Promise<Record<string, number[]>> {
  const [space] = await loadSpaces(file);
  return Object.fromEntries((space?.words ?? []).map((word, row) => [word, [...(space?.vector(row) ?? [])]]));
}

/** The vectors of ROWS in every format. "new" has the vector of the word that is in lower case in the file. */
const EXPECTED = { tea: [1, -2, 0.5], new: [7, 8, 9], café: [0, 0, -1] };
const asText = (separator: string): string =>
  ROWS.map(([word, vector]) => `${word} ${vector.join(" ")}${separator}`).join("");

describe("files of vectors", () => {
  it.each([
    ["word2vec binary", binary(ROWS)],
    ["word2vec binary without line feeds", binary(ROWS, undefined, "")],
    ["word2vec text", `4 3\n${asText("\n")}`],
    ["fastText .vec with a space at the end of each line", `4 3\n${asText(" \n")}`],
    ["GloVe without a header", asText("\n")],
    ["word2vec text with CRLF line ends", `4 3\r\n${asText("\r\n")}`],
  ])("%s", async (_, content) => {
    expect(await readWords(writeTemporary("vectors", content))).toEqual(EXPECTED);
  });

  it("keeps words that contain spaces, as in GloVe files", async () => {
    expect(await readWords(writeTemporary("glove.txt", "tea 1 2\nat name@domain.com 3 4\n"))).toEqual({
      tea: [1, 2],
      "at name@domain.com": [3, 4],
    });
  });

  it("reads a file larger than its buffers", async () => {
    const rows = Array.from({ length: 9000 }, (_, i): [string, number[]] => [`w${i}`, Array(64).fill(i)]);
    const [space] = await loadSpaces(writeTemporary("large.bin", binary(rows)));
    expect(space?.words.length).toBe(9000);
    expect(space?.vector(space.row("w8999"))[63]).toBe(8999);
    const text = `9000 64\n${rows.map(([word, vector]) => `${word} ${vector.join(" ")}`).join("\n")}\n`;
    const [same] = await loadSpaces(writeTemporary("large.vec", text));
    const differing = same?.values.findIndex((value, at) => value !== space?.values[at]);
    expect(differing).toBe(-1);
  });
});

describe("export files of the official package", () => {
  const folder = (): string => {
    const dir = temporaryFolder();
    writeTemporary(
      "COCA_newspaper_magazine_export_LSA_Small_A.csv",
      "3\nTea\t1 2 3\n# note\t\nno tab here\n",
      dir,
    );
    writeTemporary("COCA_newspaper_magazine_export_LSA_Small_B.csv", "kettle\t4 5 6\ntea\t7 8 9\n", dir);
    writeTemporary("COCA_newspaper_magazine_export_LDA.csv", "2\ntea\t0.5 0.25\n", dir);
    return dir;
  };

  it("can be several files, of which the last of equal words is kept", async () => {
    const spaces = await loadSpaces(folder());
    expect(spaces.map(({ kind, dimensions }) => [kind, dimensions])).toEqual([
      ["lda", 2],
      ["lsa", 3],
    ]);
    expect(spaces[1]?.words).toEqual(["tea", "kettle"]);
    expect([...(spaces[1]?.values ?? [])]).toEqual([7, 8, 9, 4, 5, 6]);
  });

  it("lose the first component with dropFirst", async () => {
    const spaces = await loadSpaces(folder(), { dropFirst: true });
    expect([...(spaces[1]?.values ?? [])]).toEqual([8, 9, 5, 6]);
    expect([...(spaces[0]?.values ?? [])]).toEqual([0.25]);
  });

  it("can be a single file", async () => {
    const [space] = await loadSpaces(writeTemporary("export.csv", "2\ntea\t1 2\n"));
    expect([...(space?.values ?? [])]).toEqual([1, 2]);
  });
});

describe("loadSpaces refuses", () => {
  it.each([
    ["a line with too few numbers", "2 3\ntea 1 2 3\nkettle 4 5\n", /f:3: expected a word and 3 numbers/],
    [
      "a component that is not a number",
      "2 3\ntea 1 2 3\nkettle 4 five 6\n",
      /f:3: expected 3 finite numbers .* number 2 is none/,
    ],
    ["infinity", "1 2\ntea 1 1e999\n", /f:2: expected 2 finite numbers/],
    ["fewer words than announced", "5 2\ntea 1 2\n", /f: expected 5 words as its first line says, it has 1/],
    ["too many dimensions", "1 99999999\ntea 1\n", /f:1: expected 1 to 65536 dimensions/],
    ["zero dimensions", "1 0\ntea\n", /f:1: expected 1 to 65536 dimensions, it says 0/],
    ["an empty file", "", /f: expected/],
    ["a line that is too long", `2 3\n${"x".repeat(5 * 2 ** 20)}`, /f:2: expected a line of text/],
    [
      "a truncated binary file",
      binary(ROWS).subarray(0, -9),
      /word 4 of 4: expected a word, a space and 12 bytes/,
    ],
    [
      "more words than the file can hold",
      binary(ROWS, "999999999 3\n"),
      /f:1: expected no more than its \d+ bytes can hold/,
    ],
    ["NaN in a binary file", binary([["a", [1, Number.NaN]]]), /word 1 of 1: expected 2 finite numbers/],
    [
      "an export file with a short line",
      "2\ntea\t1 2\nkettle\t3\n",
      /f:3: expected 2 components .* it has 1/,
    ],
  ])("%s", async (_, content, message) => {
    await expect(loadSpaces(writeTemporary("f", content))).rejects.toMatchObject({
      code: "ERR_DATA",
      message: expect.stringMatching(message),
    });
  });

  it("a folder without spaces and a missing path", async () => {
    const dir = temporaryFolder();
    await expect(loadSpaces(dir)).rejects.toMatchObject({
      code: "ERR_DATA",
      message: expect.stringContaining(dir),
    });
    await expect(loadSpaces(path.join(dir, "x"))).rejects.toMatchObject({ code: "ERR_DATA" });
  });
});

describe("givenSpaces", () => {
  it("returns the named spaces, or else those of the official package, or else undefined", () => {
    const [empty, dir] = [temporaryFolder(), temporaryFolder()];
    writeTemporary("COCA_newspaper_magazine_export_LDA.csv", "2\ntea\t1 2\n", dir);
    expect(givenSpaces({ spaces: "here", taacoLists: dir })).toBe("here");
    expect(givenSpaces({ taacoLists: dir })).toBe(dir);
    expect(givenSpaces({ taacoLists: empty })).toBeUndefined();
    expect(givenSpaces({})).toBeUndefined();
  });
});
