import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { ALL_NAMES, TEXT_NAMES } from "../../lib/taaco/catalogue.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { runCli } from "../cli/run-cli.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";
import { EXAMPLE, EXAMPLE_TEXT } from "./worked-example.ts";

const folder = temporaryFolder();
const write = writerIn(folder);

type Row = Record<string, string>;
const table = (text: string): Row[] => parse(text, { columns: true });
const score = (...args: string[]) => runCli("score", "--workers", "0", ...args);

describe("score: output", () => {
  it("CSV on standard output: Filename, the official names in order, composite", async () => {
    const { code, stdout } = await score(write("one.txt", EXAMPLE_TEXT));
    expect(code).toBe(0);
    expect(stdout.split("\n")[0]).toBe(["Filename", ...TEXT_NAMES, "composite"].join(","));
    const [row] = table(stdout);
    expect(row?.Filename).toBe("one.txt");
    expect(Number(row?.lemma_ttr)).toBeCloseTo(18 / 23, 12);
    // With two paragraphs, the indices over the next two have no value. Null is an empty cell.
    expect(row?.adjacent_overlap_2_all_para).toBe("");
    const composite = Number(row?.composite);
    expect(composite > 0 && composite < 1).toBe(true);
  });

  it("--json prints rows and a result", async () => {
    const { stdout, last } = await score(write("one.txt", EXAMPLE_TEXT), "--json");
    const row = JSON.parse(stdout.split("\n")[0] ?? "");
    expect(row).toMatchObject({ type: "row", id: "one.txt" });
    expect(Object.keys(row.indices)).toEqual(TEXT_NAMES);
    expect(row.indices.adjacent_overlap_2_all_para).toBeNull();
    expect(last).toMatchObject({ type: "result", texts: 1, output: null, mode: "corrected" });
    expect(last).toHaveProperty("spaces");
    expect(last).toHaveProperty("calibration");
  });

  it("files: complete CSV and JSON lines that equal the values of the API", async () => {
    const file = write("one.txt", EXAMPLE_TEXT);
    const expected = (await Taaco.create({ mode: "faithful" })).indices(EXAMPLE_TEXT);
    const csv = path.join(folder, "out.csv");
    const { stdout } = await score(file, "--index-mode", "faithful", "--output", csv);
    expect(stdout).toBe("");
    const [row] = table(readFileSync(csv, "utf8"));
    for (const name of TEXT_NAMES.filter((index) => !/^(lsa|lda|word2vec)/.test(index))) {
      expect(Number(row?.[name]), name).toBe(expected[name]);
    }
    const jsonl = path.join(folder, "out.jsonl");
    await score(file, "--output", jsonl);
    expect(JSON.parse(readFileSync(jsonl, "utf8")).id).toBe("one.txt");
    expect(readdirSync(folder).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it("a source text adds its 26 indices", async () => {
    const source = write("source.txt", "The dog ran. The dog sat.");
    const { stdout, stderr } = await score(write("one.txt", EXAMPLE_TEXT), "--source", source);
    expect(stdout.split("\n")[0]?.split(",").slice(1, -1)).toEqual(ALL_NAMES);
    expect(stderr).toContain("no reference frequencies");
  });

  it("preset original needs no calibration and returns the mean of nine raw values", async () => {
    const { stdout } = await score(write("one.txt", EXAMPLE_TEXT), "--score-preset", "original");
    const [row] = table(stdout);
    const nine =
      "noun_ttr verb_ttr adj_ttr lemma_ttr bigram_lemma_ttr trigram_lemma_ttr adjacent_overlap_all_sent repeated_content_lemmas repeated_content_and_pronoun_lemmas";
    const mean = nine.split(" ").reduce((sum, name) => sum + Number(row?.[name]), 0) / 9;
    expect(Number(row?.composite)).toBeCloseTo(1 / (1 + Math.exp(-mean)), 12);
  });
});

describe("score: input", () => {
  it("reads a CSV column without a length filter, and labels as turns", async () => {
    const file = write(
      "d.csv",
      'Filename,said\nd1.txt,"A:: I like dogs.\nB:: I do, too."\n,Yes.\n"a,b",I like the dog.\n',
    );
    const { stdout } = await score("--data", file, "--text-column", "said");
    const rows = table(stdout);
    expect(rows.map(({ Filename }) => Filename)).toEqual(["d1.txt", "2", "a,b"]);
    // i like dog, i do too: 5 lemmas of 6; no labels.
    expect(Number(rows[0]?.lemma_ttr)).toBeCloseTo(5 / 6, 12);
    expect(Number(rows[0]?.adjacent_overlap_pronoun_para)).toBe(1);
    expect(rows[1]?.lemma_ttr).toBe("");
  });

  it("reads JSON lines of text, turns and annotated tokens", async () => {
    const lines = [
      { id: "t", text: EXAMPLE_TEXT },
      { turns: EXAMPLE_TEXT.split("\n").map((text) => ({ speaker: "A", text })) },
      { id: 7, paragraphs: EXAMPLE },
    ];
    const file = write("d.jsonl", lines.map((line) => JSON.stringify(line)).join("\n"));
    const rows = table((await score("--data", file, "--index-mode", "faithful")).stdout);
    expect(rows.map(({ Filename }) => Filename)).toEqual(["t", "2", "7"]);
    for (const row of rows) expect(Number(row.lexical_density_tokens)).toBeCloseTo(11 / 23, 12);
  });

  it.each([
    [["x.txt"], /x\.txt: no such file/],
    [[], /nothing to score/],
    [["--data", "no.csv"], /no\.csv: no such file/],
    [["--data", "no.jsonl"], /no\.jsonl: no such file/],
    [["--data", "no.csv", "--output", "x.xml"], /ends in \.csv or \.jsonl/],
    [["--data", "no.csv", "--index-mode", "exact"], /index-mode/],
    [["--data", "no.csv", "--workers", "1"], /--workers: expected .*, got it 2 times/],
    [["one.txt", "--explain", "noun_tt"], /noun_tt/],
    [["one.txt", "--explain"], /--explain: expected a value \(Index or family whose words/],
    [
      ["one.txt", "table.csv"],
      /table\.csv would be scored as one text; for one text per row: --data .*table\.csv/,
    ],
    [["one.txt", "--spaces", "/nowhere"], /nowhere/],
    [["one.txt", "--calibration", "/nowhere.json"], /nowhere/],
    [["one.txt", "--taaco-lists", "/nowhere"], /nowhere/],
  ])("refuses %j with one line, exit 2 and nothing written", async (args, said) => {
    write("one.txt", EXAMPLE_TEXT);
    const before = readdirSync(folder);
    const named = args.map((arg) => (/^[a-z]+\.(?:txt|csv|jsonl)$/.test(arg) ? path.join(folder, arg) : arg));
    const { code, stdout, stderr } = await score(...named);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    const lines = stderr.split("\n").filter((line) => line.startsWith("dialogue-ppo: "));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(said);
    expect(readdirSync(folder)).toEqual(before);
  });

  it("prints one message when a column or a later file is missing", async () => {
    const csv = write("columns.csv", "a,b\n1,2\n");
    const first = write("one.txt", EXAMPLE_TEXT);
    for (const args of [
      ["--data", csv],
      [first, path.join(folder, "two.txt")],
    ]) {
      const { code, stdout, stderr } = await score(...args);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^dialogue-ppo: .+(no column "text"|no such file).+\n$/);
    }
  });

  it("--explain lists what can be explained", async () => {
    const text = write("one.txt", EXAMPLE_TEXT);
    const said = async (index: string) => (await score(text, "--explain", index)).stderr;
    expect(await said("lema_ttr")).toMatch(/no such index; did you mean lemma_ttr\?/);
    expect(await said("overlap_all")).toMatch(/did you mean one of adjacent_overlap_all_sent, .* \(12\)\?/);
    expect(await said("connectivs")).toMatch(/did you mean connectives\?/);
    expect(await said("cohesion")).toMatch(/no such index\. Any column/);
    expect(await said("source_similarity_lsa")).toMatch(/name it with --source/);
  });

  it.each([
    ["{", /bad\.jsonl, line 2: it is not valid JSON at column 2; expected one JSON object per line/],
    [
      '{"id": "a"}',
      /bad\.jsonl, line 2: its fields are id; expected paragraphs, text, turns, messages or conversations/,
    ],
    ['{"text": 3}', /bad\.jsonl, line 2, field "text": neither a text nor a list of turns/],
    [
      '{"paragraphs": [[[["a", "a", "NN", "Q"]]]]}',
      /bad\.jsonl, line 2: paragraphs\.0\.0\.0\.3: expected letters of CFNVJRPGAMD, got "Q"/,
    ],
  ])("names file and line of %s, and takes the output back", async (line, said) => {
    const output = path.join(folder, "never.csv");
    const { code, stderr } = await score(
      "--data",
      write("bad.jsonl", `{"text":"A fine day."}\n${line}\n`),
      "--output",
      output,
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
    expect(existsSync(output) || existsSync(`${output}.partial`)).toBe(false);
  });
});

it("--workers accepts a whole number", async () => {
  const { code, stderr } = await runCli("score", "--data", "x.csv", "--workers", "two");
  expect(code).toBe(2);
  expect(stderr).toContain('--workers: expected a whole number of at least 0 and up to 256, got "two"');
});

describe("score --explain", () => {
  it("shows the parts of the composite, whose sum gives the composite of the row", async () => {
    const text = write("one.txt", EXAMPLE_TEXT);
    const row = JSON.parse((await score(text, "--json")).stdout.split("\n")[0] ?? "");
    const { stdout } = await score(text, "--explain", "composite", "--json");
    const { value, parts, index } = JSON.parse(stdout.split("\n")[0] ?? "");
    expect([index, value]).toEqual(["composite", row.composite]);
    let sum = 0;
    for (const { z, weight } of Object.values<{ z: number | null; weight: number }>(parts))
      sum += (z ?? 0) * weight;
    expect(1 / (1 + Math.exp(-sum))).toBeCloseTo(row.composite, 12);
    expect(parts.lemma_ttr.value).toBeCloseTo(18 / 23, 12);
    expect(parts.lemma_ttr.weight).toBeCloseTo(0.15 / 1.4, 2);
    const lines = (await score(text, "--explain", "composite")).stdout.split("\n");
    expect(lines[0]).toMatch(/^one\.txt {2}composite = 0\.\d+: the logistic function of [+-]\d/);
    const cells = lines
      .find((line) => line.startsWith("  lemma_ttr "))
      ?.trim()
      .split(/ +/);
    expect(cells).toEqual([
      "lemma_ttr",
      "0.783",
      expect.stringMatching(/^[+-]?\d\.\d\d$/),
      parts.lemma_ttr.weight.toFixed(3),
      expect.stringMatching(/^[+-]?0\.\d{3}$/),
    ]);
    expect(lines.join(" ").replaceAll(/ +/g, " ")).toMatch(
      /no guard acts on a whole text; .* copied \(free up to 0\.25/,
    );
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("shows the words of each pair", async () => {
    const { stdout } = await score(
      write("one.txt", EXAMPLE_TEXT),
      "--explain",
      "adjacent_overlap_all_sent",
      "--index-mode",
      "faithful",
    );
    expect(stdout).toBe(
      "one.txt  adjacent_overlap_all_sent = 0.153846\n  sentence 1 with 2: 2  (the, cat)\n  sentence 2 with 3: 0\n",
    );
  });

  it("explains the comparison by meaning and shows both sides", async () => {
    const { stdout } = await score(write("one.txt", EXAMPLE_TEXT), "--explain", "lsa_1_all_sent");
    const [, meaning = "", first = "", second = ""] = stdout.split("\n");
    expect(meaning).toMatch(
      /mean over the lines below: how alike a sentence and the next are in the lsa space/,
    );
    const sides = (line: string): string[] => /\((.*) \| (.*)\)$/.exec(line)?.slice(1) ?? [];
    expect(first).toMatch(/^ {2}sentence 1 with 2: 0\.\d+ {2}\(/);
    expect(sides(first)[1]).toBe(sides(second)[0]);
    expect(sides(first)[0]).not.toBe("");
  });

  it("prints JSON", async () => {
    const { stdout } = await score(write("one.txt", EXAMPLE_TEXT), "--explain", "opposition", "--json");
    expect(JSON.parse(stdout.split("\n")[0] ?? "")).toMatchObject({
      type: "explanation",
      id: "one.txt",
      index: "opposition",
      evidence: [{ segment: 3, words: ["but"], value: 1 }],
    });
  });
});
