import { beforeAll, describe, expect, it } from "vitest";
import { SOURCE_NAMES, TEXT_NAMES } from "../../lib/taaco/catalogue.ts";
import { CONNECTIVES } from "../../lib/taaco/families/connectives.ts";
import { DIVERSITY } from "../../lib/taaco/families/diversity.ts";
import type { IndexGroup } from "../../lib/taaco/families/family.ts";
import { GIVENNESS } from "../../lib/taaco/families/givenness.ts";
import { PARAGRAPH_OVERLAP, SENTENCE_OVERLAP } from "../../lib/taaco/families/overlap.ts";
import { SYNONYMS } from "../../lib/taaco/families/synonyms.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { anyText, fc } from "./laws.ts";

let taaco: Taaco;

beforeAll(async () => {
  taaco = await Taaco.create();
});

const WORDS =
  "the dog cat ran because it however and a quickly saw green house This that he she then . , ! ?".split(" ");
const sentence = fc
  .array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 12 })
  .map((words) => `${words.join(" ")}.`);
const english = fc
  .array(fc.tuple(sentence, fc.constantFrom(" ", "\n")), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.flat().join("").trim());
const text = fc.oneof({ weight: 3, arbitrary: english }, anyText(40));
const few = { numRuns: 60 };

const names = ({ entries }: Pick<IndexGroup, "entries">): string[] => entries.map(({ name }) => name);
const OVERLAP_NAMES = [...names(SENTENCE_OVERLAP), ...names(PARAGRAPH_OVERLAP)];

/** Indices that are proportions of types or pairs, between 0 and 1. */
const SHARES = [
  ...names(DIVERSITY),
  ...OVERLAP_NAMES.filter((name) => !name.endsWith("_div_seg")),
  "repeated_content_lemmas",
];
/** Indices that divide counts by segments or words, and may exceed 1. */
const COUNTS = [
  ...OVERLAP_NAMES.filter((name) => name.endsWith("_div_seg")),
  ...names(SYNONYMS),
  ...names(CONNECTIVES),
  ...names(GIVENNESS),
];

describe("the indices of any text", () => {
  it("have the 168 names in order, and each value is null or a finite number in its range", () => {
    fc.assert(
      fc.property(text, (plain) => {
        const values = taaco.indices(plain);
        expect(Object.keys(values)).toEqual(TEXT_NAMES);
        for (const name of TEXT_NAMES)
          expect([name, values[name] === null || Number.isFinite(values[name])]).toEqual([name, true]);
        for (const name of SHARES)
          expect([name, (values[name] ?? 0) >= 0 && (values[name] ?? 0) <= 1]).toEqual([name, true]);
        for (const name of COUNTS) expect([name, (values[name] ?? 0) >= 0]).toEqual([name, true]);
      }),
      few,
    );
  });

  it("do not change with blanks or empty lines around the text", () => {
    // A line of only blanks is a paragraph, as in the official tool.
    const blanks = fc.oneof(
      fc.string({ unit: fc.constantFrom(" ", "\t"), maxLength: 4 }),
      fc.string({ unit: fc.constantFrom("\n", "\r\n"), maxLength: 4 }),
    );
    fc.assert(
      fc.property(english, blanks, blanks, (plain, before, after) => {
        expect(taaco.indices(before + plain + after)).toEqual(taaco.indices(plain));
      }),
      few,
    );
  });

  it("equal those of its analysis, and do not depend on earlier texts", () => {
    fc.assert(
      fc.property(english, text, (plain, other) => {
        const first = taaco.indices(plain);
        taaco.indices(other);
        expect(taaco.indices(plain)).toEqual(first);
        // A text of at most one word has no values. Its analysis alone does not show this.
        fc.pre(first.lemma_ttr !== null);
        expect(taaco.indices({ paragraphs: taaco.analyse(plain) })).toEqual(first);
      }),
      few,
    );
  });

  it("of one family are the same if only that family is computed", () => {
    fc.assert(
      fc.property(english, fc.constantFrom(...TEXT_NAMES), (plain, name) => {
        const only = taaco.indices(plain, { only: [name] });
        expect(only).toHaveProperty([name]);
        expect(taaco.indices(plain)).toMatchObject(only);
      }),
      few,
    );
  });

  it("with a source include the source indices, and proportions of keywords are not negative", () => {
    fc.assert(
      fc.property(english, english, (plain, source) => {
        const values = taaco.indices(plain, { source });
        expect(Object.keys(values)).toEqual([...TEXT_NAMES, ...SOURCE_NAMES]);
        for (const name of SOURCE_NAMES) expect((values[name] ?? 0) >= 0).toBe(true);
      }),
      few,
    );
  });
});
