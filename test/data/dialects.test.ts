import { describe, expect, it } from "vitest";
import { readCsv } from "../../lib/data/csv.ts";
import { findDialect } from "../../lib/data/csv-dialect.ts";
import { inspectDataFile } from "../../lib/data/data-file.ts";
import { loadDialogues } from "../../lib/data/load.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const write = writerIn(temporaryFolder());

const TEXTS = [
  'A:: Have you seen it? It\'s big.\nB:: He said "never again", really.',
  "A:: I don't; do you?\nB:: No, I read | write at home.",
];

/** Writes the texts with a header, as `field` encloses a text. */
const csv = (field: (text: string) => string, separator = ",", lineEnd = "\n"): string =>
  [["Filename", "text"], ...TEXTS.map((text, index) => [`r${index}`, field(text)])]
    .map((row) => row.join(separator) + lineEnd)
    .join("");
const doubled = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const escaped = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

async function textsOf(content: string | Uint8Array): Promise<string[]> {
  const texts: string[] = [];
  for await (const { values } of readCsv(write("dialect.csv", content))) texts.push(values.text ?? "");
  return texts;
}

describe("readCsv", () => {
  const plain = csv(doubled);
  const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");
  it.each<[string, string | Uint8Array]>([
    ["marks after a backslash, as Spark and pandas with escapechar write them", csv(escaped)],
    [
      "line ends after a backslash, as MySQL writes them",
      csv((text) => escaped(text).replaceAll("\n", "\\\n")),
    ],
    ["blanks before quotes", csv(doubled, ", ")],
    ["semicolons", csv(doubled, ";")],
    ["tabs", csv(doubled, "\t")],
    ["bars", csv(doubled, "|")],
    [
      "semicolons with a comma in a name",
      csv(doubled, ";")
        .replaceAll(/^Filename/g, "Last, first;Filename")
        .replaceAll(/^r/gm, "x;r"),
    ],
    [
      "tabs with a comma in a name",
      csv(doubled, "\t")
        .replaceAll(/^Filename/g, "Last, first\tFilename")
        .replaceAll(/^r/gm, "x\tr"),
    ],
    ["a line that states the separator", `sep=;\r\n${csv(doubled, ";", "\r\n")}`],
    ["CR between rows and in cells", plain.replaceAll("\n", "\r")],
    ["CRLF between rows and CR in cells", csv((text) => doubled(text).replaceAll("\n", "\r"), ",", "\r\n")],
    ["a byte-order mark", `\ufeff${plain}`],
    ["UTF-16 with a mark", utf16(`\ufeff${plain}`)],
    ["UTF-16 without a mark", utf16(plain)],
    ["UTF-16 in the other byte order", Buffer.from(utf16(`\ufeff${plain}`)).swap16()],
    ["an index column without a name", plain.replace(/^(?=Filename|r\d)/gm, "0,").replace("0,", ",")],
  ])("reads %s", async (_, content) => {
    expect(await textsOf(content)).toEqual(TEXTS);
  });

  it.each<[string, string, RegExp]>([
    ["too few fields", "r", /row 101 \(line 203\): 1 field; expected 2/],
    ["a mark that is not doubled", 'r,"A:: a\nB:: "b" c"', /row 101 \(line 204\): column "text"/],
    ["a quote that never closes", 'r,"A:: a\nB:: b', /row 101 \(line 203\): a quoted field is never closed/],
  ])("names the row and the line of %s far down in a file", async (_, row, message) => {
    const before = `r,${doubled("A:: a\nB:: b")}\n`.repeat(100);
    const after = row.endsWith('"') || row === "r" ? before : "";
    await expect(textsOf(`Filename,text\n\n${before}${row}\n${after}`)).rejects.toThrow(message);
  });

  it("keeps to the comma of a damaged file", async () => {
    const damaged = csv(doubled).replace("Filename,text", "Filename,text;old").replace(/^r1,/m, "r1,x,");
    await expect(textsOf(damaged)).rejects.toThrow(/row 2 \(line 5\): 3 fields; expected 2/);
  });

  it("reads the quotes and dashes of Windows, which all code pages share", async () => {
    const typed = csv((text) => doubled(text.replaceAll("'", "\u2019")));
    const bytes = Buffer.from(typed.replaceAll("\u2019", "\x92"), "latin1");
    expect(await textsOf(bytes)).toEqual(TEXTS.map((text) => text.replaceAll("'", "\u2019")));
    const { notes } = await loadDialogues(write("windows.csv", bytes), { minWords: 2 });
    expect(notes).toEqual(["it is not UTF-8; it was read as Windows-1252, for its quotes and dashes"]);
  });

  it("reads marks in fields without quotes that are separated by tabs", async () => {
    const content = 'id\ttext\n1\t"No," she said\n2\tthe "word"\n';
    expect(await textsOf(content)).toEqual(['"No," she said', 'the "word"']);
  });

  it.each(["\t", "|"])(
    "loses no row where texts that are separated by %j begin and end with a mark",
    async (sep) => {
      // Each line but the header is a row, as Python's csv reads it with QUOTE_NONE; with quotes it finds two rows.
      const texts = ['"Well', "so it goes.", 'and that was all."', "Yes."];
      const content = ["id", "1", "2", "3", "4"]
        .map((id, at) => `${id}${sep}${["text", ...texts][at]}\n`)
        .join("");
      expect(await textsOf(content)).toEqual(texts);
    },
  );

  // As pandas 3.0.6 writes them with sep="\t"; the lines of the text have as many tabs as rows have.
  it.each([
    ['"id"\t"text"\n"r0"\t"A:: So\nB:: one\ttwo"\n', "A:: So\nB:: one\ttwo"],
    ['id\ttext\nr0\t"A:: ""So\nB:: one\ttwo"\n', 'A:: "So\nB:: one\ttwo'],
    ['id\ttext\nr0\t"A:: So\nB:: one\ttwo"\n', "A:: So\nB:: one\ttwo"],
    ['id|text\nr0|"A:: So\nB:: one|two"\n', "A:: So\nB:: one|two"],
    ['text|id\n"Speaker 1:: So|\nB:: one|two"|r0\n', "Speaker 1:: So|\nB:: one|two"],
  ])("keeps a quoted text together whose lines look like rows: %j", async (content, text) => {
    const texts: string[] = [];
    for await (const { values } of readCsv(write("tabs.tsv", content))) texts.push(values.text ?? "");
    expect(texts).toEqual([text]);
  });

  it("prefers the ordinary reading where two are possible", async () => {
    expect(await textsOf('id,text\n1,"C:\\"\n2,"a \\"" b"\n')).toEqual(["C:\\", 'a \\" b']);
    expect(await textsOf('id,text\n1, a\n2," b"\n')).toEqual([" a", " b"]);
  });

  it("takes no other character for a line end", async () => {
    const text = "A:: a\u2028B:: b\u0085c\vd\fe\u2029f";
    expect(await textsOf(`id,text\n1,${text}\n`)).toEqual([text]);
  });
});

describe("loadDialogues", () => {
  const read = (content: string) => loadDialogues(write("rows.csv", content), { minWords: 2 });

  it("takes NaN, NA, NULL and None for a missing text", async () => {
    const rows = ["nan", "NaN", "NULL", "NA", "#N/A", "None", "\\N", ""].map((cell) => `${cell},${cell}`);
    const { dialogues, dropped, droppedRows } = await read(
      `Filename,text\n${rows.join("\n")}\n,A:: Well then.\n`,
    );
    expect(dialogues.map(({ id }) => id)).toEqual(["9"]);
    expect(dropped).toEqual({ "no text": 8 });
    expect(droppedRows).toEqual({ "no text": [1, 2, 3] });
  });

  it("takes NaN and NULL for a missing id, but NA for the id that it is in JSON, too", async () => {
    const cells = ["nan", "NULL", "NA", " NA ", "<NA>", "", "3"];
    const { dialogues, notes } = await read(
      `id,text\n${cells.map((cell) => `${cell},A:: Well then.`).join("\n")}\n`,
    );
    expect(dialogues.map(({ id }) => id)).toEqual(["1", "2", "NA", "NA", "5", "6", "3"]);
    expect(notes).toEqual([
      '1 row with the id of an earlier row, such as "NA" in rows 3 and 4; rows with the same id are held out together',
    ]);
  });

  it("finds a column whose name has blanks around it", async () => {
    const { dialogues } = await read("Filename, text\nr0,A:: Well then.\n");
    expect(dialogues).toMatchObject([{ id: "r0", text: "A:: Well then." }]);
  });

  it("refuses two columns of one name, also when blanks stand around it", async () => {
    await expect(read("text, text\na,b\n")).rejects.toThrow('the column "text" appears twice in the header');
  });

  it("refuses a file that is one endless line", async () => {
    const file = await inspectDataFile(write("endless.csv", `text,${"word ".repeat(1000)}`));
    const check = () => Promise.reject(new Error("the file was read on"));
    await expect(findDialect(file, check, 4000)).rejects.toThrow(
      /endless\.csv, row 1 \(line 1\): a row is longer than 64 MiB; is a quotation mark or a line end missing\?$/,
    );
  });

  it("finds the separator of a header with a quoted name of any length", async () => {
    const file = await inspectDataFile(write("header.csv", `"${"n".repeat(12e6)}";text\n`));
    expect(await findDialect(file, async () => 1)).toMatchObject({ separator: ";" });
  });

  it("reads line ends that are spelt out, and says so", async () => {
    const { dialogues, notes } = await read(
      'text\n"A:: Hi there.\\nB:: Well, yes."\n"A:: One two.\\r\\nB:: So."\n',
    );
    expect(dialogues.map(({ text }) => text)).toEqual([
      "A:: Hi there.\nB:: Well, yes.",
      "A:: One two.\nB:: So.",
    ]);
    expect(notes).toEqual(["in 2 rows the line ends are spelt out as \\n; they were read as line ends"]);
  });

  it("keeps a backslash and an n in a text that has line ends, or without a label behind them", async () => {
    const texts = ["A:: see\\nB:: there\nB:: yes", "A:: in C:\\new folder"];
    const { dialogues, notes } = await read(`text\n${texts.map(doubled).join("\n")}\n`);
    expect(dialogues.map(({ text }) => text)).toEqual(texts);
    expect(notes).toEqual([]);
  });

  it("names ids that occur twice", async () => {
    const { notes } = await read("Filename,text\na,A:: one\nb,A:: two\na,A:: three\na,A:: four\n");
    expect(notes).toEqual([
      '2 rows with the id of an earlier row, such as "a" in rows 1 and 3; rows with the same id are held out together',
    ]);
  });
});
