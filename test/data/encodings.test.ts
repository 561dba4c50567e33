import { describe, expect, it } from "vitest";
import { decodeMixed, decodeWindows } from "../../lib/data/encoding.ts";
import { loadDialogues } from "../../lib/data/load.ts";
import { readTextDocument } from "../../lib/data/text-stream.ts";
import { score } from "../../lib/score/score.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const write = writerIn(temporaryFolder());

/**
 * The bytes 0x80 to 0x9f as Python 3.11 decodes them from cp1252. At five of them it has no character, and the Encoding
 * Standard has the control characters of Latin-1.
 */
const PYTHON = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

describe("Windows-1252", () => {
  it("has the characters that Python gives", () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const latin = bytes.toString("latin1");
    expect(decodeWindows(bytes)).toBe(latin.slice(0, 0x80) + PYTHON + latin.slice(0xa0));
    expect(decodeWindows(bytes.subarray(0x92, 0x94))).toBe("’“");
    expect(decodeMixed(Buffer.from("caf\xc3\xa9 \x93don\x92t\x94 \x80", "latin1"))).toBe("café “don’t” €");
  });

  // “I don’t know,” and so on, as Python encodes it.
  const bytes = Buffer.from("A:: \x93I don\x92t know,\x94 he said \x97 \x93it\x92s late.\x94\n", "latin1");
  const text = "A:: “I don’t know,” he said — “it’s late.”";

  it("is read alike from text files and tables", async () => {
    expect(await readTextDocument(write("quotes.txt", bytes))).toBe(`${text}\n`);
    const table = Buffer.concat([Buffer.from('text\n"'), bytes, Buffer.from('"\n')]);
    const { dialogues } = await loadDialogues(write("quotes.csv", table), { minWords: 1 });
    expect(dialogues.map((dialogue) => dialogue.text)).toEqual([`${text}\n`]);
  });

  it("gives a text file the indices that it has in UTF-8", async () => {
    const letter = Buffer.concat([bytes, Buffer.from("B:: In the caf\xe9.\n", "latin1")]);
    const files = [
      write("1252.txt", bytes),
      write("utf8.txt", `${text}\n`),
      write("letter.txt", letter),
      write("letter8.txt", `${text}\nB:: In the café.\n`),
    ];
    const rows: unknown[] = [];
    for await (const { indices } of score({ files, workers: 0 })) rows.push(indices);
    expect(rows).toHaveLength(4);
    expect(rows[0]).toEqual(rows[1]);
    expect(rows[2]).toEqual(rows[3]);
    expect(rows[0]).not.toEqual(rows[2]);
  });
});
