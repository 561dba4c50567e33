import { beforeAll, describe, expect, it } from "vitest";
import { Taaco } from "../../lib/taaco/taaco.ts";

const TEXT =
  "The café's first floor didn't open at the well-known office. It's naïve that the first office wasn't open, because " +
  "the well-known café and its difficult résumé aren't on the floor.";

let taaco: Taaco;
beforeAll(async () => {
  taaco = await Taaco.create();
});

/** The characters of the format category of which Unicode says that no word ends there; U+200D joins emoji. */
const INVISIBLE = Array.from({ length: 0x10000 }, (_, at) => String.fromCharCode(at)).filter(
  (mark) =>
    /^(?:\p{Bidi_C}|[\xad\u200c\ufeff]|[\u2060-\u2064])$/u.test(mark) && segments(`flo${mark}or`) === 1,
);

/** Returns into how many pieces ICU cuts a text at the ends of words. */
function segments(text: string): number {
  return [...new Intl.Segmenter("en", { granularity: "word" }).segment(text)].length;
}

const withinWords = (mark: string): string => TEXT.replace(/(?<=[a-z]{3})(?=[a-z]{3})/g, mark);

/** The text as other programs and keyboards write it. */
const FORMS: readonly [name: string, text: string][] = [
  ["accents as characters of their own, as macOS and PDF have them", TEXT.normalize("NFD")],
  [
    "ligatures of a PDF document",
    TEXT.replaceAll("ffi", "\ufb03").replaceAll("fi", "\ufb01").replaceAll("fl", "\ufb02"),
  ],
  ["zero-width spaces", withinWords("\u200b")],
  ...INVISIBLE.flatMap((mark): [string, string][] => [
    [`U+${mark.charCodeAt(0).toString(16)} within words`, withinWords(mark)],
    [`U+${mark.charCodeAt(0).toString(16)} around words`, TEXT.replace(/(?<= )[a-z]+/g, `${mark}$&${mark}`)],
  ]),
  ["marks of the writing direction", TEXT.replaceAll(" ", " \u200e")],
  ["no-break spaces", TEXT.replaceAll(" ", "\u00a0")],
  ...["\u2018", "\u2019", "\u201b", "\u02bc", "\uff07", "\u00b4", "\u2032", "`"].map(
    (mark): [string, string] => [`${JSON.stringify(mark)} as apostrophe`, TEXT.replaceAll("'", mark)],
  ),
  ...["\u2010", "\u2011"].map((mark): [string, string] => [
    `U+${mark.charCodeAt(0).toString(16)} as hyphen`,
    TEXT.replaceAll("-", mark),
  ]),
];

describe("the indices of a text", () => {
  it("are tested with all invisible characters", () => {
    expect(INVISIBLE).toHaveLength(20);
    expect(INVISIBLE.every((mark) => /^\p{Cf}$/u.test(mark))).toBe(true);
  });

  it.each(FORMS)("do not depend on %s", (_, text) => {
    expect(text).not.toBe(TEXT);
    expect(taaco.indices(text)).toEqual(taaco.indices(TEXT));
  });

  it("do depend on words", () => {
    expect(taaco.indices(TEXT.replaceAll("floor", "flour"))).toEqual(taaco.indices(TEXT));
    expect(taaco.indices(TEXT.replace("floor", "flour"))).not.toEqual(taaco.indices(TEXT));
  });

  it("take marks around words for quotation marks", () => {
    const quoted = (open: string, close: string) => `He said ${open}the dog ran${close} and left.`;
    expect(taaco.indices(quoted("\u2018", "\u2019"))).toEqual(taaco.indices(quoted("'", "'")));
    expect(taaco.indices(quoted("`", "\u00b4")).lemma_ttr).toBe(1);
  });
});
