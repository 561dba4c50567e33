import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadSpaces } from "../../lib/spaces/load.ts";
import { readFrequencies } from "../../lib/taaco/lists/frequencies.ts";
import { runCli } from "../cli/run-cli.ts";
import { temporaryFolder } from "../temporary.ts";
import { tinySpace } from "./made.ts";

/** Writes a CSV file with 30 short dialogues on two topics and returns its path. */
function corpus(dir: string): string {
  const file = path.join(dir, "dialogues.csv");
  const text = (i: number): string =>
    `A:: The ${["kettle", "engine"][i % 2]} was ${["warm", "loud"][i % 2]} this morning.\nB:: Did you ${["pour the tea", "check the brakes"][i % 2]} number ${i}?`;
  const rows = Array.from({ length: 30 }, (_, i) => `d${i},"${text(i)}"`);
  writeFileSync(file, `Filename,text\n${rows.join("\n")}\n`);
  return file;
}

describe("dialogue-ppo spaces", () => {
  it("builds spaces from the training part only, with the same result for any number of threads", async () => {
    const dir = temporaryFolder();
    const common = [
      "--data",
      corpus(dir),
      "--min-words",
      "5",
      "--dimensions",
      "6",
      "--topics",
      "3",
      "--json",
    ];
    const all = await runCli(
      "spaces",
      "build",
      ...common,
      "--output",
      path.join(dir, "all"),
      "--threads",
      "1",
    );
    expect(all.stderr).toContain("30 dialogues");
    expect(all.last).toMatchObject({ type: "result", documents: 30 });
    const again = await runCli(
      "spaces",
      "build",
      ...common,
      "--output",
      path.join(dir, "again"),
      "--threads",
      "2",
    );
    expect(again.code).toBe(0);
    const [one, two] = await Promise.all([
      loadSpaces(path.join(dir, "all")),
      loadSpaces(path.join(dir, "again")),
    ]);
    expect(one.map(({ kind }) => kind)).toEqual(["lsa", "lda", "word2vec"]);
    expect(two.map(({ values }) => values)).toEqual(one.map(({ values }) => values));
    // The spaces contain lemmas, not inflected forms.
    expect(one[0]?.row("brake")).toBeGreaterThanOrEqual(0);
    expect(one[0]?.row("brakes")).toBe(-1);
    const part = await runCli(
      "spaces",
      "build",
      ...common,
      "--output",
      path.join(dir, "part"),
      "--eval-fraction",
      "0.5",
    );
    expect(part.last?.documents).toBeLessThan(25);
  });

  it("shows neighbours and topics", async () => {
    const dir = path.join(temporaryFolder(), "spaces");
    const { saveSpaces } = await import("../../lib/spaces/spaces.ts");
    await saveSpaces(dir, [tinySpace("lsa"), tinySpace("lda")], { seed: 4 });
    const word = await runCli("spaces", "info", dir, "--word", "Tea", "--json");
    // The vectors are (1, 0.5) and (0.25, -2). The third word has a zero vector and is no neighbour.
    const similarity = -0.75 / Math.sqrt(1.25 * 4.0625);
    expect(word.last).toMatchObject({ origin: { seed: 4 }, spaces: [{ kind: "lsa", words: 3 }, {}] });
    const { spaces } = word.last as { spaces: { neighbours: { word: string; similarity: number }[] }[] };
    const neighbours = spaces[0]?.neighbours ?? [];
    expect(neighbours.map((neighbour) => neighbour.word)).toEqual(["kettle"]);
    expect(neighbours[0]?.similarity).toBeCloseTo(similarity, 6);
    const topics = await runCli("spaces", "info", dir, "--count", "1");
    expect(topics.stdout).toContain("topic 1: tea\n");
    expect((await runCli("spaces", "info", dir, "--word", "coffee")).code).toBe(2);
    expect((await runCli("spaces", "info", dir, "--count", "0")).code).toBe(2);
  });

  it("imports vectors of other tools", async () => {
    const dir = temporaryFolder();
    const [file, output] = [path.join(dir, "glove.txt"), path.join(dir, "out")];
    writeFileSync(file, "Tea 1 2\nkettle 3 4\n");
    const { last } = await runCli("spaces", "import", file, "--output", output, "--kind", "lsa", "--json");
    expect(last).toEqual({ type: "result", output, spaces: [{ kind: "lsa", dimensions: 2, words: 2 }] });
    const [space] = await loadSpaces(output);
    expect([space?.kind, space?.words, ...(space?.values ?? [])]).toEqual([
      "lsa",
      ["tea", "kettle"],
      1,
      2,
      3,
      4,
    ]);
    const info = await runCli("spaces", "info", file, "--json");
    expect(info.last).toMatchObject({ origin: {}, spaces: [{ kind: "word2vec", words: 2 }] });
    expect((await runCli("spaces", "import", path.join(dir, "none"), "--output", output)).code).toBe(2);
  });

  it("writes a frequency list that the keyword indices can read", async () => {
    const dir = temporaryFolder();
    const output = path.join(dir, "frequencies.tsv");
    const args = ["--data", corpus(dir), "--min-words", "5", "--output", output, "--json"];
    const { code, last } = await runCli("spaces", "frequencies", ...args);
    expect({ code, last }).toMatchObject({ code: 0, last: { type: "result", output, documents: 30 } });
    const list = readFrequencies(output);
    expect(list.source).toBe("dialogues.csv");
    const [kettle, engine] = ["kettle", "engine"].map((word) => list.perMillion("uni").get(word) ?? 0);
    expect(kettle).toBeGreaterThan(0);
    expect(kettle).toBe(engine);
  });

  it.each([
    [["build", "--kinds", "lsa,pca"], /--kinds lsa,pca: expected some of lsa, lda, word2vec/],
    [["build", "--dimensions", "0"], /--dimensions: expected a whole number of at least 1/],
    [["build", "--dtype", "float16"], /--dtype: expected one of float32, int8/],
    [["info", "/nowhere"], /\/nowhere: expected a folder of spaces/],
    [[], /an argument is missing; see dialogue-ppo spaces --help/],
  ])("refuses %j and writes nothing", async (args, message) => {
    const output = path.join(temporaryFolder(), "out");
    const { code, stderr } = await runCli(
      "spaces",
      ...args,
      ...(args[0] === "build" ? ["--output", output] : []),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(output)).toBe(false);
  });

  it("refuses to replace a folder that contains something else", async () => {
    const dir = temporaryFolder();
    const data = corpus(dir);
    const { code, stderr } = await runCli(
      "spaces",
      "build",
      "--data",
      data,
      "--min-words",
      "5",
      "--output",
      dir,
    );
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("holds no spaces") });
    expect(readFileSync(data, "utf8")).toContain("kettle");
  });
});
