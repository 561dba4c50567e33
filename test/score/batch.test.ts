import { writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const folder = temporaryFolder();
const write = writerIn(folder);
const GOOD = "The café was full. The café was loud.";

write("utf8.txt", GOOD);
write("latin1.txt", Buffer.from(GOOD, "latin1"));
write("utf16.txt", Buffer.from(`\ufeff${GOOD}`, "utf16le"));
// Mostly UTF-8, with one letter of Windows-1252.
write(
  "mixed.txt",
  Buffer.concat([Buffer.from("Zoë said: "), Buffer.from(GOOD, "latin1"), Buffer.from(" Zoë.")]),
);
write("binary.txt", Buffer.from(Array.from({ length: 4000 }, (_, at) => (at * 37 + (at >> 3)) % 251)));
write("picture.txt", Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]));
write("empty.txt", "");
writeFileSync(path.join(folder, "large.txt"), Buffer.alloc(17e6, "word "));

type Row = Record<string, string>;
const rowsOf = (text: string): Map<string, Row> =>
  new Map((parse(text, { columns: true }) as Row[]).map((row) => [row.Filename ?? "", row]));

describe("a folder in which some files are bad", () => {
  it("has a row for each file that can be read, names the others and ends with 2", async () => {
    const { code, stdout, stderr } = await runCli("score", folder, "--workers", "0");
    expect(code).toBe(2);
    const rows = rowsOf(stdout);
    expect([...rows.keys()]).toEqual(["empty.txt", "latin1.txt", "mixed.txt", "utf16.txt", "utf8.txt"]);
    const said = (name: string): string =>
      stderr
        .split("\n")
        .filter((line) => line.includes(`${name}:`) || line.includes(`${name} `))
        .join("|");
    expect(said("binary.txt")).toMatch(/left out: .*binary\.txt: it is a binary file; expected a text file/);
    expect(said("picture.txt")).toMatch(/left out: .*picture\.txt: it is a binary file/);
    expect(said("large.txt")).toMatch(/large\.txt: it has 17 MB, more than the 16 MB that one text may have/);
    expect(said("latin1.txt")).toMatch(/latin1\.txt is not UTF-8 and was read as Windows-1252/);
    expect(said("mixed.txt")).toMatch(/mixed\.txt is UTF-8 except for some bytes/);
    expect(stderr).toMatch(
      /3 of 8 texts could not be read and have no row: binary\.txt, large\.txt, picture\.txt/,
    );
    expect(stderr).toMatch(/no values for 1 of 5 texts, because they have at most one word: empty\.txt/);
    // The same text in three encodings has the same values. The café was full/loud: 5 lemmas of 8 words.
    for (const name of ["latin1.txt", "utf16.txt", "utf8.txt"]) {
      expect(Number(rows.get(name)?.lemma_ttr), name).toBeCloseTo(5 / 8, 12);
    }
    expect(rows.get("empty.txt")?.lemma_ttr).toBe("");
  });

  it("names them in the result of --json, and stops for the only file", async () => {
    const { code, last } = await runCli("score", folder, "--workers", "0", "--json");
    expect(code).toBe(2);
    expect(last).toMatchObject({
      type: "result",
      texts: 5,
      failed: [{ id: "binary.txt" }, { id: "large.txt" }, { id: "picture.txt" }],
    });
    const single = await runCli("score", path.join(folder, "binary.txt"));
    expect([single.code, single.stdout]).toEqual([2, ""]);
    expect(single.stderr.match(/binary file/g)).toHaveLength(1);
  });

  it("--explain goes on, too, and a batch without any text is an error", async () => {
    const { code, stdout } = await runCli("score", folder, "--explain", "lemma_ttr");
    expect(code).toBe(2);
    expect(stdout).toMatch(/utf8\.txt {2}lemma_ttr = 0\.625/);
    const bad = ["binary.txt", "picture.txt"].map((name) => path.join(folder, name));
    const none = await runCli("score", ...bad, "--workers", "0");
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/none of the 2 texts could be read; see the lines above/);
  });
});

it("a CSV file in Windows-1252 is read with a warning", async () => {
  const data = path.join(temporaryFolder(), "d.csv");
  writeFileSync(data, Buffer.from(`text\n"${GOOD}"\n`, "latin1"));
  const { code, stdout, stderr } = await runCli(
    "score",
    "--data",
    data,
    "--workers",
    "0",
    "--tagged",
    `${data}.jsonl`,
  );
  expect(code).toBe(0);
  expect(stderr.match(/is not UTF-8 and was read as Windows-1252/g)).toHaveLength(1);
  expect(Number(rowsOf(stdout).get("1")?.lemma_ttr)).toBeCloseTo(5 / 8, 12);
});

describe("--paragraphs", () => {
  const wrapped = "The dog saw\nthe cat.\n\n \t\nThe cat ran.\n";
  const count = async (...args: string[]): Promise<Row | undefined> => {
    const file = writerIn(temporaryFolder())("w.txt", wrapped);
    const { stdout } = await runCli("score", file, "--workers", "0", "--counts", ...args);
    return rowsOf(stdout).get("w.txt");
  };

  it("lines: each line is a paragraph, whose end ends a sentence", async () => {
    expect(await count()).toMatchObject({ nparagraphs: "3", nsentences: "3", nwords: "8" });
  });

  it("blank: blank lines separate paragraphs", async () => {
    const row = await count("--paragraphs", "blank");
    expect(row).toMatchObject({ nparagraphs: "2", nsentences: "2", nwords: "8" });
    // the, cat of the, dog, see, cat.
    expect(Number(row?.adjacent_overlap_all_para)).toBeCloseTo(2 / 4, 12);
  });
});
