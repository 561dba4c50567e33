import { describe, expect, it } from "vitest";
import { groupByFamily } from "../../lib/report/families.ts";
import {
  ALL_NAMES,
  FAMILIES,
  findIndex,
  findOfficial,
  GROUPS,
  SOURCE_NAMES,
  TEXT_MEASURE_NAMES,
  TEXT_NAMES,
  TURN_MEASURE_NAMES,
} from "../../lib/taaco/catalogue.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";

const OWN = [...TURN_MEASURE_NAMES, ...TEXT_MEASURE_NAMES];
const EVERY = [...ALL_NAMES, ...OWN];

describe("the catalogue", () => {
  it("has 168 indices of a text, 26 with a source and 14 measures of this package, each once", () => {
    expect([TEXT_NAMES.length, SOURCE_NAMES.length, OWN.length]).toEqual([168, 26, 14]);
    expect(new Set(EVERY).size).toBe(208);
    expect(EVERY.filter((name) => name.startsWith("dppo_"))).toEqual(OWN);
    for (const name of OWN) expect(findOfficial(name), name).toBeUndefined();
  });

  it("describes every index in one line", () => {
    for (const name of EVERY) {
      const { entry, group } = findIndex(name) ?? {};
      expect(entry?.name, name).toBe(name);
      expect(entry?.meaning, name).toMatch(/^["A-Z0-9][^\n]+\.$/);
      expect(entry?.formula, name).toMatch(/^\S[^\n]*[^.\s]$/);
      expect(entry?.faithful ?? "as corrected", name).toMatch(/[^.]$/);
      expect(entry?.parts, name).toBeDefined();
      expect(group?.title, name).toMatch(/\w/);
      expect(group?.notation, name).toMatch(/\.$/);
    }
    const meanings = EVERY.map((name) => findIndex(name)?.entry.meaning);
    expect(new Set(meanings).size).toBe(EVERY.length);
  });

  it("names what each index needs", () => {
    const needs = (name: string) => findIndex(name)?.entry.needs;
    expect(needs("lemma_ttr")).toEqual({});
    expect(needs("lda_2_all_para")).toEqual({ space: "lda" });
    expect(needs("opposition")).toEqual({ list: "connectives/opposition.txt" });
    expect(needs("syn_overlap_sent_verb")).toEqual({ list: "WordNet verb synonyms" });
    expect(needs("source_similarity_word2vec")).toEqual({ text: "source", space: "word2vec" });
    expect(needs("mag_news_v_uni_keywords_percentage")).toEqual({
      text: "source",
      list: "reference frequencies `uni`",
    });
    expect(needs("dppo_turn_lsa_content")).toEqual({ text: "dialogue", space: "lsa" });
    for (const name of SOURCE_NAMES) expect(needs(name)?.text, name).toBe("source");
  });

  it("without spaces, exactly the indices that need one have no value", async () => {
    const taaco = await Taaco.create();
    const line = "The old dog quickly chased this cat because it was hungry, but that is over.";
    const values = taaco.indices([line, line, line].join("\n"));
    for (const name of TEXT_NAMES) {
      expect(values[name] === null, name).toBe(findIndex(name)?.entry.needs.space !== undefined);
    }
  });

  it("values have the names of the catalogue, in its order", async () => {
    const taaco = await Taaco.create();
    const annotated = taaco.analyse("The dog ran. The dog sat.");
    expect(Object.keys(taaco.indices("The dog ran.", { source: "A dog." }))).toEqual(ALL_NAMES);
    expect(Object.keys(taaco.extras("One dog."))).toEqual(TEXT_MEASURE_NAMES);
    expect(Object.keys(taaco.turnExtras(annotated, annotated))).toEqual(TURN_MEASURE_NAMES);
    for (const { entries } of FAMILIES) {
      const [first] = entries;
      const named = taaco.indices("The dog ran.", { only: [first?.name ?? ""], source: "A dog." });
      expect(Object.keys(named)).toEqual(entries.map(({ name }) => name));
    }
  });
});

describe("the report's groups", () => {
  it("contain each index once, under its title", () => {
    const groups = groupByFamily(EVERY);
    expect([...groups.keys()]).toEqual(GROUPS.map(({ title }) => title));
    expect([...groups.values()].flat().toSorted()).toEqual(EVERY.toSorted());
    for (const { title, entries } of GROUPS)
      expect(groups.get(title)).toEqual(entries.map(({ name }) => name));
  });

  it("leave out groups without members, and show unknown names", () => {
    expect(groupByFamily(["noun_ttr", "unknown"])).toEqual(
      new Map([
        ["Lexical diversity and density", ["noun_ttr"]],
        ["Other indices", ["unknown"]],
      ]),
    );
  });
});
