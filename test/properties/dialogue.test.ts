import { describe, expect, it } from "vitest";
import { countWords, parseTurns } from "../../lib/data/dialogue.ts";
import { isHeldOut, splitDialogues } from "../../lib/data/split.ts";
import type { Turn } from "../../lib/sample.ts";
import { anyText, fc, textOver } from "./laws.ts";

/** Characters for which Python's str.isspace() is true. str.split() splits at them. */
const PYTHON_SPACES = new Set([
  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002,
  0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
]);

/** Computes Python's `len(text.split())` character by character. */
function pythonWords(text: string): number {
  let words = 0;
  let inside = false;
  for (const character of text) {
    const space = PYTHON_SPACES.has(character.codePointAt(0) as number);
    if (!space && !inside) words += 1;
    inside = !space;
  }
  return words;
}

const SPACES_AND_NEAR_MISSES = `${String.fromCodePoint(...PYTHON_SPACES)}\u200b\ufeff\u180eab`;
const anyWords = fc.oneof(anyText(40), textOver(SPACES_AND_NEAR_MISSES));

describe("countWords", () => {
  it("counts as Python's split does", () => {
    fc.assert(
      fc.property(anyWords, (text) => {
        expect(countWords(text)).toBe(pythonWords(text));
      }),
    );
  });

  it("is additive over texts that are separated by white space", () => {
    fc.assert(
      fc.property(anyWords, anyWords, (a, b) => {
        expect(countWords(`${a} ${b}`)).toBe(countWords(a) + countWords(b));
      }),
    );
  });
});

const LABEL = /^[A-Za-z][A-Za-z0-9_ ]{0,19}::/;
const speaker = fc
  .tuple(textOver("ABxyz", 3), textOver("AZaz09_ ", 15))
  .map(([first, rest]) => `S${first}${rest}`.slice(0, 20));
/** Text of a turn. No line after the first begins with a label. */
const turnText = fc
  .array(fc.oneof(textOver("ab :A1", 12), anyText(12)), { minLength: 1, maxLength: 3 })
  .map((lines) => lines.map((line) => line.replaceAll("\n", "")))
  .filter((lines) => lines.slice(1).every((line) => !LABEL.test(line)))
  .map((lines) => lines.join("\n"));
const turn: fc.Arbitrary<Turn> = fc.record({ speaker, text: turnText });

describe("parseTurns", () => {
  it("returns the turns of a labelled text", () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 5 }), (turns) => {
        const text = turns.map(({ speaker, text }) => `${speaker}:: ${text}`).join("\n");
        expect(parseTurns(text)).toEqual(turns.map((one) => ({ ...one, speaker: one.speaker.trimEnd() })));
      }),
    );
  });

  it("keeps lines before the first label as a turn without a speaker", () => {
    const unlabelled = turnText.filter(
      (text) => !LABEL.test(text) && (text.split("\n")[0] ?? "").trim() !== "",
    );
    fc.assert(
      fc.property(unlabelled, fc.array(turn, { maxLength: 3 }), (text, turns) => {
        const lines = [text, ...turns.map(({ speaker, text }) => `${speaker}::${text}`)];
        const [first, ...rest] = parseTurns(lines.join("\n"));
        expect(first).toEqual({ speaker: "", text });
        expect(rest.map(({ speaker }) => speaker)).toEqual(turns.map(({ speaker }) => speaker.trimEnd()));
      }),
    );
  });

  it("loses no text that is not a label", () => {
    fc.assert(
      fc.property(textOver("A:: b\n", 80), (text) => {
        const bare = (part: string): string => part.replaceAll(/[\s:]|A/g, "");
        expect(
          parseTurns(text)
            .map(({ text }) => bare(text))
            .join(""),
        ).toBe(
          bare(
            text
              .split("\n")
              .map((line) => line.replace(LABEL, ""))
              .join("\n"),
          ),
        );
      }),
    );
  });
});

const ids = fc.uniqueArray(anyText(12), { minLength: 1, maxLength: 30 });
const seed = fc.nat();
const fraction = fc.double({ min: 0, max: 0.9, noNaN: true });
const dialogue = (id: string) => ({ id, text: id, turns: [] });

describe("the held-out split", () => {
  it("does not depend on the order of the dialogues or on the other dialogues", () => {
    const shuffled = ids.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: 1 })),
    );
    fc.assert(
      fc.property(shuffled, fraction, seed, ([all, some], evalFraction, seed) => {
        const split = { evalFraction, seed };
        const heldOut = new Set(all.filter((id) => isHeldOut(id, split)));
        fc.pre(some.some((id) => !heldOut.has(id)));
        const { train, evaluation } = splitDialogues(some.map(dialogue), split);
        expect(train.map(({ id }) => id)).toEqual(some.filter((id) => !heldOut.has(id)));
        expect(evaluation.map(({ id }) => id)).toEqual(some.filter((id) => heldOut.has(id)));
      }),
    );
  });

  it("of a larger fraction contains that of a smaller one", () => {
    fc.assert(
      fc.property(ids, fraction, fraction, seed, (all, a, b, seed) => {
        const [smaller, larger] = a < b ? [a, b] : [b, a];
        const heldOut = (evalFraction: number): string[] =>
          all.filter((id) => isHeldOut(id, { evalFraction, seed }));
        expect(heldOut(larger)).toEqual(expect.arrayContaining(heldOut(smaller)));
      }),
    );
  });

  it("holds out about the given fraction: nothing at 0 and everything at 1", () => {
    const many = Array.from({ length: 2000 }, (_, id) => `${id}`);
    const share = (evalFraction: number, seed: number): number =>
      many.filter((id) => isHeldOut(id, { evalFraction, seed })).length / many.length;
    fc.assert(
      fc.property(fraction, seed, (evalFraction, seed) => {
        // The tolerance is five standard deviations of a binomial proportion with 2000 trials.
        expect(Math.abs(share(evalFraction, seed) - evalFraction)).toBeLessThan(5 * Math.sqrt(0.25 / 2000));
      }),
      { numRuns: 20 },
    );
    expect([share(0, 1), share(1, 1)]).toEqual([0, 1]);
  });
});
