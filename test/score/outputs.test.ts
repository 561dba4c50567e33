import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { FAMILIES_BY_NAME } from "../../lib/taaco/catalogue.ts";
import { COUNT_NAMES } from "../../lib/taaco/text/text-counts.ts";
import { runCli } from "../cli/run-cli.ts";
import { EXAMPLE, EXAMPLE_TEXT } from "../taaco/worked-example.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const folder = temporaryFolder();
const write = writerIn(folder);
const annotated = write("annotated.jsonl", `${JSON.stringify({ id: "example", paragraphs: EXAMPLE })}\n`);
const score = (...args: string[]) => runCli("score", "--workers", "0", ...args);

type Row = Record<string, string>;
const rowsOf = (text: string): Row[] => parse(text, { columns: true });

describe("score --counts", () => {
  it("adds the columns of the official diagnostic file after the composite", async () => {
    const { stdout } = await score("--data", annotated, "--index-mode", "faithful", "--counts");
    expect(stdout.split("\n")[0]?.split(",").slice(-25)).toEqual(["composite", ...COUNT_NAMES]);
    // Counted by hand from the worked example: 23 words in 3 sentences and 2 paragraphs.
    expect(rowsOf(stdout)[0]).toMatchObject({
      ...{ nwords: "23", nsentences: "3", nparagraphs: "2", nlemmas: "23", nlemma_types: "18" },
      ...{ ncontent_words: "11", ncontent_types: "9", nfunction_words: "12" },
      ...{ n_nouns: "4", n_noun_types: "2", n_verbs: "3", n_verb_types: "3", n_adjs: "2", n_adj_types: "2" },
      ...{
        n_advs: "2",
        n_adv_types: "2",
        n_prps: "3",
        n_prp_types: "2",
        n_arguments: "6",
        n_argument_types: "3",
      },
      ...{
        n_bigram_lemmas: "22",
        n_bigram_lemma_types: "22",
        n_trigram_lemmas: "21",
        n_trigram_lemma_types: "21",
      },
    });
  });

  it("has them in JSON and in the table of a single text", async () => {
    const { stdout } = await score("--data", annotated, "--counts", "--json");
    expect(JSON.parse(stdout.split("\n")[0] ?? "").counts).toMatchObject({ nwords: 23, nsentences: 3 });
  });
});

describe("score --tagged", () => {
  it("jsonl: score reads it again and computes the same values", async () => {
    const tagged = path.join(folder, "tagged.jsonl");
    const text = write("one.txt", `${EXAMPLE_TEXT} "No," she said - they hadn't left.`);
    for (const mode of ["corrected", "faithful"]) {
      const raw = await score(text, "--index-mode", mode, "--tagged", tagged);
      const [{ paragraphs } = { paragraphs: [] }] = [JSON.parse(readFileSync(tagged, "utf8"))];
      expect(paragraphs).toHaveLength(2);
      const again = await score("--data", tagged, "--index-mode", mode);
      expect(again.stdout).toBe(raw.stdout);
    }
  });

  it("jsonl: the flags hold every class, also those that an annotated input leaves open", async () => {
    const tagged = path.join(folder, "flags.jsonl");
    await score("--data", annotated, "--index-mode", "faithful", "--tagged", tagged);
    const tokens: string[][] = JSON.parse(readFileSync(tagged, "utf8")).paragraphs.flat(2);
    const flagsOf = (form: string): string =>
      [...(tokens.find(([one]) => one?.toLowerCase() === form)?.[3] ?? "")].sort().join("");
    expect(flagsOf("dog")).toBe("CGN");
    expect(flagsOf("it")).toBe("FGP");
    expect(flagsOf("was")).toBe("AF");
    expect(flagsOf("because")).toBe("FM");
    expect(flagsOf("this")).toBe("DF");
    expect(flagsOf("that")).toBe("FP");
    expect(flagsOf("quickly")).toBe("CR");
  });

  it("conllu: ten columns, classes in MISC, comments for text, paragraphs and sentences", async () => {
    const tagged = path.join(folder, "tagged.conllu");
    await score("--data", annotated, "--index-mode", "faithful", "--tagged", tagged);
    const lines = readFileSync(tagged, "utf8").split("\n");
    expect(lines.filter((line) => line.startsWith("# new"))).toEqual([
      "# newdoc id = example",
      "# newpar id = example-p1",
      "# newpar id = example-p2",
    ]);
    expect(lines.filter((line) => line.startsWith("# sent_id"))).toHaveLength(3);
    const tokens = lines.filter((line) => /^\d/.test(line)).map((line) => line.split("\t"));
    expect(new Set(tokens.map((cells) => cells.length))).toEqual(new Set([10]));
    const cells = (form: string): string[] => tokens.find((token) => token[1]?.toLowerCase() === form) ?? [];
    expect(cells("dog").slice(1, 5)).toEqual(["dog", "dog", "NOUN", "NN"]);
    expect(cells("dog")[9]).toBe("TaacoClass=CW,NOUN,ARGUMENT");
    expect([cells("was")[3], cells("was")[9]]).toEqual(["AUX", "TaacoClass=FW,AUX"]);
    expect([cells("because")[3], cells("because")[9]]).toEqual(["SCONJ", "TaacoClass=FW,SUBORDINATOR"]);
    expect(readFileSync(tagged, "utf8").endsWith("\n\n")).toBe(true);
  });

  it.each([
    [["--tagged", "x.txt"], /--tagged x\.txt: expected a name that ends in \.conllu, or in \.jsonl/],
    [["--tagged", "a.jsonl", "--output", "./a.jsonl"], /--output and --tagged name the same file/],
    [["--tagged", "a.jsonl", "--explain", "lemma_ttr"], /leave --tagged out/],
    [["--counts", "--explain", "lemma_ttr"], /leave --counts out/],
  ])("refuses %j", async (args, said) => {
    const { code, stderr } = await score("--data", annotated, ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
  });
});

describe("score --families", () => {
  it("writes the indices of the families in the official order, with the same values and composite", async () => {
    const text = write("two.txt", EXAMPLE_TEXT);
    const [all] = rowsOf((await score(text)).stdout);
    const { stdout } = await score(text, "--families", "givenness, diversity");
    const names = ["diversity", "givenness"].flatMap((name) =>
      (FAMILIES_BY_NAME.get(name)?.entries ?? []).map((entry) => entry.name),
    );
    expect(stdout.split("\n")[0]).toBe(["Filename", ...names, "composite"].join(","));
    const [row] = rowsOf(stdout);
    for (const name of [...names, "composite"]) expect(row?.[name], name).toBe(all?.[name]);
    expect(all?.lemma_ttr).toBe(String(18 / 23));
  });

  it("refuses unknown families, and that of the source without one", async () => {
    const text = write("two.txt", EXAMPLE_TEXT);
    expect((await score(text, "--families", "conectives")).stderr).toMatch(
      /no family "conectives"; did you mean connectives\?/,
    );
    expect((await score(text, "--families", "xyz")).stderr).toMatch(
      /no family "xyz"; expected some of diversity, .*givenness/,
    );
    expect((await score(text, "--families", "source")).stderr).toMatch(
      /there is no source text; name one with --source/,
    );
    const { stderr } = await score(text, "--families", "givenness", "--source", text);
    expect(stderr).toMatch(/compared only by the family source; add it to --families/);
  });

  it("warns once of the starter spaces, and only where their indices are written", async () => {
    const text = write("two.txt", EXAMPLE_TEXT);
    const warning = /come from the small starter spaces.*--spaces/g;
    expect((await score(text, text)).stderr.match(warning)).toHaveLength(1);
    expect((await score(text, "--families", "givenness")).stderr).not.toMatch(warning);
    expect((await score(text, "--explain", "lsa_1_all_sent")).stderr).toMatch(warning);
  });
});

describe("a source text per row", () => {
  const source = "The dog ran. The dog sat. A dog barked.";
  const frequencies = write(
    "f.tsv",
    "# dialogue-ppo frequencies 1\n# source: t\nuni\tthe\t9\t60000\nuni\tdog\t2\t1\n",
  );

  it("stands in the column source of a CSV file or in the field source of JSON Lines", async () => {
    const csv = write("s.csv", `Filename,text,source\na,A dog ran.,"${source}"\nb,A cat ran.,\n`);
    const jsonl = write(
      "s.jsonl",
      `${JSON.stringify({ id: "a", text: "A dog ran.", source })}\n${JSON.stringify({ id: "b", text: "A cat ran." })}\n`,
    );
    const common = write("a.txt", "A dog ran.");
    const file = write("source-file.txt", source);
    const [single] = rowsOf((await score(common, "--source", file, "--frequencies", frequencies)).stdout);
    expect(Number(single?.source_similarity_lsa)).toBeGreaterThan(0);
    for (const data of [csv, jsonl]) {
      const { stdout, stderr } = await score("--data", data, "--frequencies", frequencies);
      const [a, b] = rowsOf(stdout);
      expect({ ...a, Filename: "" }).toEqual({ ...single, Filename: "" });
      expect([b?.source_similarity_lsa, b?.mag_news_uni_keywords_percentage]).toEqual(["", ""]);
      expect(b?.lemma_ttr).toBe("1");
      expect(stderr).toMatch(/the column "source" holds the source text of each row/);
    }
  });

  it("can have another column, and is left out with --families", async () => {
    const data = write("o.csv", `text,article\nA dog ran.,"${source}"\n`);
    const { stdout } = await score("--data", data, "--source-column", "article");
    expect(Number(rowsOf(stdout)[0]?.source_similarity_lsa)).toBeGreaterThan(0);
    const none = await score(
      "--data",
      write("p.csv", `text,source\nA dog ran.,Wikipedia\n`),
      "--families",
      "diversity",
    );
    expect(none.stdout.split("\n")[0]).not.toContain("source_similarity");
    expect((await score("--data", data, "--source-column", "none")).stderr).toMatch(
      /it has no column "none"/,
    );
  });

  it("explains what it compares", async () => {
    const rows = [
      { id: "a", text: "A dog ran.", source },
      { id: "b", text: "A cat ran." },
    ];
    const data = write("e.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
    const { stdout } = await score("--data", data, "--explain", "source_similarity_lsa");
    expect(stdout).toMatch(
      /a {2}source_similarity_lsa = 0\.\d+\n.*\n {2}text with source: 0\.\d+ {2}\(.*dog.* \| .*dog.*\)/,
    );
    expect(stdout).toMatch(/\nb {2}source_similarity_lsa = none\n$/);
  });
});

describe("score --explain FAMILY", () => {
  it.each([...FAMILIES_BY_NAME.keys()])("%s: every index with its words", async (name) => {
    const text = write("x.txt", `${EXAMPLE_TEXT}\nThe dog ran because the cat was hungry.`);
    const names = FAMILIES_BY_NAME.get(name)?.entries.map((entry) => entry.name) ?? [];
    const source = name === "source" ? ["--source", text] : [];
    const { code, stdout } = await score(text, "--explain", name, "--json", ...source);
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, -1).map(({ index }) => index)).toEqual(names);
    expect(
      lines.some(({ evidence }) => evidence?.some(({ words }: { words: string[] }) => words.length > 0)),
    ).toBe(true);
  });
});
