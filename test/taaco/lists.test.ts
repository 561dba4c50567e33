import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { CONNECTIVE_LISTS, parseConnectiveList } from "../../lib/taaco/lists/connective-lists.ts";
import { readFrequencies } from "../../lib/taaco/lists/frequencies.ts";
import { FrequencyCounter } from "../../lib/taaco/lists/frequency-counter.ts";
import { loadLists, OWN_LISTS } from "../../lib/taaco/lists/load.ts";
import { FREQUENCY_KINDS } from "../../lib/taaco/lists/word-lists.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";
import { sentence } from "./worked-example.ts";

const folder = temporaryFolder();
const write = writerIn(folder);

describe("the package's own lists", () => {
  const lists = loadLists();

  it("name their sources", () => {
    for (const name of readdirSync(path.join(OWN_LISTS, "connectives"))) {
      const text = readFileSync(path.join(OWN_LISTS, "connectives", name), "utf8");
      expect(text, name).toMatch(/^# .*\n# Compiled from the descriptions in:\n# {3}\S/);
    }
    for (const name of readdirSync(path.join(OWN_LISTS, "wordnet"))) {
      const text = readFileSync(path.join(OWN_LISTS, "wordnet", name), "utf8");
      expect(text, name).toContain("Princeton University");
    }
  });

  it("cover every connective index, in both modes", () => {
    expect([...lists.connectives.keys()]).toEqual([...CONNECTIVE_LISTS]);
    for (const { name, corrected, faithful } of lists.connectives.values()) {
      for (const list of [corrected, faithful])
        expect(list.strings.length + list.tokens.size, name).toBeGreaterThan(0);
    }
  });

  const wordsOf = (name: string): Set<string> => {
    const list = lists.connectives.get(name)?.corrected;
    return new Set([...(list?.strings ?? []), ...(list?.tokens ?? []), ...(list?.markers ?? [])]);
  };

  it.each([
    ["all_causal", ["positive_causal"]],
    ["all_logical", ["positive_logical", "negative_logical"]],
    ["all_additive", ["addition"]],
    [
      "all_connective",
      ["basic_connectives", "opposition", "all_additive", "all_temporal", "all_negative", "sentence_linking"],
    ],
  ])("%s holds the lists that it unites", (whole, parts) => {
    const union = wordsOf(whole);
    for (const part of parts)
      expect(
        [...wordsOf(part)].filter((word) => !union.has(word)),
        part,
      ).toEqual([]);
  });

  it("contain synonyms of WordNet and of no other words", () => {
    expect(lists.synonyms("noun").get("car")).toContain("automobile");
    expect(lists.synonyms("verb").get("buy")).toContain("purchase");
    expect(lists.synonyms("noun").get("dog")).not.toContain("cat");
    expect(lists.synonyms("noun").get("qwertz")).toEqual([]);
  });

  it("cause an error that names the file when another folder does not have it", () => {
    expect(() => loadLists({ directory: folder })).toThrow(
      /basic_connectives\.txt: no such file or folder; expected a word list/,
    );
  });
});

describe("the adverb test", () => {
  const { isContentAdverb } = loadLists();

  it.each(["quickly", "easily", "basically", "gently", "truly", "fully", "fast"])(
    "corrected: %s is content",
    (word) => {
      expect(isContentAdverb(word, "corrected")).toBe(true);
    },
  );

  it.each(["not", "so", "too", "very", "then", "there", "just", "maybe", "however", "instead", "almost"])(
    "corrected: %s is function",
    (word) => {
      expect(isContentAdverb(word, "corrected")).toBe(false);
    },
  );

  it.each(["maybe", "however", "instead", "almost", "therefore", "often", "especially", "easily"])(
    "faithful: %s fails, as published",
    (word) => {
      expect(isContentAdverb(word, "faithful")).toBe(false);
    },
  );

  it.each(["not", "so", "too", "very", "then", "there", "just", "quickly"])(
    "faithful: %s passes, as published",
    (word) => {
      expect(isContentAdverb(word, "faithful")).toBe(true);
    },
  );
});

it("an error in a connective list names its line", () => {
  expect(() => parseConnectiveList("x", "and\n", "x.txt")).toThrow(
    "x.txt:1: entry before the first section line",
  );
  expect(() => parseConnectiveList("x", "[words]\nand\n", "x.txt")).toThrow(
    /x\.txt:1: "\[words\]" is no section/,
  );
});

describe("the unchanged files of the official package", () => {
  beforeAll(() => {
    write("adj_lem_list.txt", "soft\nsoon\n");
    write("wn_noun_2.txt", "dog\thound\tdog\nhound\tdog\thound\n");
    write("wn_verb_2.txt", "run\tjog\trun\n");
    write("mag_news_word_list_lemma_freq.csv", "dog\t10\t100.5\ncat\t4\t40\n");
    write("mag_news_n_list_bi_lemma_freq.csv", "dog x\t3\t7.25\n");
  });

  it("replace adjectives and synonyms", async () => {
    const taaco = await Taaco.create({ mode: "faithful", lists: { officialDirectory: folder } });
    expect(taaco.listSource).toBe("official");
    const paragraphs = [
      [sentence("dog/dog/NN soon/soon/RB softly/softly/RB just/just/RB"), sentence("hound/hound/NN")],
    ];
    const values = taaco.indices({ paragraphs });
    // soon by itself, softly by soft; "just" is not in this lexicon.
    expect(values.lexical_density_tokens).toBe(4 / 5);
    expect(values.syn_overlap_sent_noun).toBe(1);
  });

  it("supply the reference frequencies of each kind", () => {
    const { frequencies } = loadLists({ officialDirectory: folder });
    expect([...(frequencies?.perMillion("uni") ?? [])]).toEqual([
      ["dog", 100.5],
      ["cat", 40],
    ]);
    expect(frequencies?.perMillion("n_bi").get("dog x")).toBe(7.25);
    expect(() => frequencies?.perMillion("quad")).toThrow(
      /mag_news_quad_list_lemma_freq\.csv: no such file or folder; expected a word list/,
    );
  });

  it("must be complete", () => {
    expect(() => loadLists({ officialDirectory: path.join(folder, "no") })).toThrow(/is no folder/);
    rmSync(path.join(folder, "wn_verb_2.txt"));
    expect(() => loadLists({ officialDirectory: folder })).toThrow(/has no wn_verb_2\.txt/);
  });
});

describe("a frequency list that the user makes", () => {
  it("is counted, written and read back", async () => {
    const taaco = await Taaco.create();
    const counter = new FrequencyCounter();
    const paragraphs = [[sentence("dog/dog/NN see/see/VBP dog/dog/NN"), sentence("dog/dog/NN ran/run/VBD")]];
    counter.add(taaco.modelOf({ paragraphs }));
    const file = write("own.tsv", `${[...counter.lines("made-up text", 1)].join("\n")}\n`);
    const read = readFrequencies(file);
    expect(read.source).toBe("made-up text");
    // Five words, three of them dog; pairs stay inside sentences: dog-see, see-dog, dog-run.
    expect(read.perMillion("uni").get("dog")).toBeCloseTo((3 / 5) * 1e6, 6);
    expect([...read.perMillion("bi").keys()].toSorted()).toEqual(["dog run", "dog see", "see dog"]);
    expect([...read.perMillion("n_bi").keys()].toSorted()).toEqual(["dog x", "x dog"]);
    expect([...read.perMillion("quad")]).toEqual([]);
    expect(FREQUENCY_KINDS).toHaveLength(19);
  });

  it("keeps words that a spreadsheet would run or take for quoted cells", async () => {
    const taaco = await Taaco.create({ mode: "faithful" });
    const words = ["=1+1", "'=1+1", "@you", "-x", "-5", '"', '"why"', "it's"];
    const counter = new FrequencyCounter();
    counter.add(taaco.modelOf({ paragraphs: [[words.map((word) => [word, word, "NN", "CN"] as const)]] }));
    const lines = [...counter.lines("t", 1)].filter((line) => line.startsWith("uni\t"));
    const cells = lines.map((line) => line.split("\t")[1] as string);
    // A cell that begins with one of these characters is a formula; one with a quotation mark must be quoted as a whole.
    for (const cell of cells) expect(cell).toMatch(/^(?:"(?:[^"=+@-]|"")(?:[^"]|"")*"|-5|it's)$/);
    const file = write("formulas.tsv", `${[...counter.lines("t", 1)].join("\n")}\n`);
    expect([...readFrequencies(file).perMillion("uni").keys()].toSorted()).toEqual(words.toSorted());
    expect(readFrequencies(file).perMillion("bi").has('" "why"')).toBe(true);
  });

  it("reads the cells of the first version as they are", () => {
    const file = write("one.tsv", '# dialogue-ppo frequencies 1\nuni\t"a"\t3\t5\n');
    expect([...readFrequencies(file).perMillion("uni").keys()]).toEqual(['"a"']);
  });

  it("causes an error that names the wrong line", () => {
    expect(() => readFrequencies(write("bad.tsv", "dog\t1\n"))).toThrow(
      /bad\.tsv:1: expected "# dialogue-ppo frequencies 2"/,
    );
    const wrong = write("bad2.tsv", "# dialogue-ppo frequencies 1\nuni\tdog\t3\tmany\n");
    expect(() => readFrequencies(wrong)).toThrow(/bad2\.tsv:2: expected kind, item, count/);
  });
});
