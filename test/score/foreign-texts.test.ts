import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadDialogues } from "../../lib/data/load.ts";
import { score } from "../../lib/score/score.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const folder = temporaryFolder();
const write = writerIn(folder);
const TEXT = "The dog ran to the park. The dog sat in the park.";

/** Returns the indices of a text file, or the error. */
async function scoreFile(file: string, tagged?: string): Promise<unknown> {
  let found: unknown;
  try {
    const rows = score({ files: [file], workers: 0, ...(tagged !== undefined && { tagged }) });
    for await (const { indices } of rows) found = indices;
  } catch (error) {
    return error;
  }
  return found;
}

/** Texts in formats that research programs write, as plain text files. */
const FORMATS: readonly [name: string, content: string | Uint8Array, problem: RegExp][] = [
  [
    "Rich Text",
    `{\\rtf1\\ansi\\ansicpg1252\\cocoartf2639\n\\f0\\fs24 \\cf0 ${TEXT}}`,
    /is a document in the Rich Text Format/,
  ],
  [
    "TEI",
    `<?xml version="1.0" encoding="UTF-8"?>\n<TEI><p n="1">${TEXT}</p></TEI>`,
    /is an XML document; save its text/,
  ],
  [
    "CHAT",
    "@UTF8\n@Begin\n*CHI:\tmore cookie .\n%mor:\tqn|more n|cookie .\n@End\n",
    /is a transcript in the CHAT format/,
  ],
  [
    "CHAT with a mark",
    "\ufeff@UTF8\r\n@Begin\r\n*CHI:\tmore cookie .\r\n@End\r\n",
    /is a transcript in the CHAT format/,
  ],
  [
    "Praat",
    Buffer.from(
      `\ufeffFile type = "ooTextFile"\nObject class = "TextGrid"\n\ntext = "${TEXT}"\n`,
      "utf16le",
    ).swap16(),
    /is an annotation of Praat/,
  ],
  ["SubRip", `1\r\n00:00:01,000 --> 00:00:04,000\r\n${TEXT}\r\n`, /holds subtitles; save their text without/],
  ["WebVTT", `WEBVTT\n\n00:01.000 --> 00:04.000\n${TEXT}\n`, /holds subtitles/],
  [
    "Universal Dependencies",
    "# sent_id = 1\n# text = Dogs ran.\n1\tDogs\tdog\tNOUN\tNNS\t_\t2\tnsubj\t_\t_\n",
    /holds tagged tokens/,
  ],
  [
    "JSON Lines",
    `{"text": "${TEXT}"}\n{"text": "${TEXT}"}\n`,
    /holds JSON; expected a text file, or .*: --data \S+\.txt$/,
  ],
  ["a JSON array", `[\n  {"text": "${TEXT}"}\n]\n`, /holds JSON/],
];

describe("a text file in another format", () => {
  it.each(FORMATS)("is not read as plain text: %s", async (name, content, problem) => {
    const file = write(`${name.replaceAll(" ", "-")}.txt`, content);
    const error = (await scoreFile(file)) as Error;
    expect(error).toMatchObject({ code: "ERR_DATA", message: problem });
    expect(error.message.startsWith(`${file}: it `)).toBe(true);
  });

  it("is what --tagged writes as CoNLL-U", async () => {
    const tagged = path.join(folder, "own.conllu");
    expect(await scoreFile(write("plain.txt", TEXT), tagged)).toHaveProperty("lemma_ttr");
    expect(readFileSync(tagged, "utf8")).toContain("\tdog\t");
    expect(await scoreFile(tagged)).toMatchObject({ message: /holds tagged tokens \(CoNLL-U\)/ });
  });

  it.each([
    `{${TEXT}}`,
    `{"The dog ran": that is what he said. ${TEXT}`,
    `[[The dog]] ran. ${TEXT}`,
    `1\n00:15 was the time. ${TEXT}`,
    `@Begin. ${TEXT}`,
    `# Dogs\n1\tThe dog ran.\n${TEXT}`,
  ])("is not seen in %j", async (text) => {
    expect(await scoreFile(write("words.txt", text))).toHaveProperty("lemma_ttr");
  });
});

describe("a data file of another program", () => {
  // The first bytes, as pandas 3.0.6, datasets 3.0.1 and NumPy 1.26.4 wrote them; those of R, SPSS and Stata by their
  // specifications.
  it.each<[string, Buffer, RegExp]>([
    [
      "pandas.to_pickle",
      Buffer.from("80059515030000000000008c", "hex"),
      /is a pickle of Python; save the table as JSON Lines/,
    ],
    [
      "datasets.save_to_disk",
      Buffer.from("fffffffff0000000100000000000", "hex"),
      /is an Arrow stream; save it as JSON Lines/,
    ],
    ["numpy.save", Buffer.from("934e554d5059010076007b27", "hex"), /is an array of NumPy/],
    ["SPSS", Buffer.from("$FL2@(#) SPSS DATA FILE"), /is a file of SPSS; save it as CSV/],
    ["Stata", Buffer.from("<stata_dta><header><release>118"), /is a file of Stata; save it as CSV/],
    ["R", Buffer.from("RDX3\nX\n"), /is a workspace of R; save the table with write\.csv/],
  ])("is named: %s", async (_, bytes, problem) => {
    await expect(loadDialogues(write("data.csv", bytes))).rejects.toMatchObject({
      code: "ERR_DATA",
      message: problem,
    });
  });
});
