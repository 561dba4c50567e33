import { describe, expect, it } from "vitest";
import { MAX_WORD_LENGTH } from "../../lib/taaco/analysis/tokenize.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";

const taaco = await Taaco.create();
const tokens = (text: string) => taaco.analyse(text).flat(2);
const fill = (unit: string, length: number): string =>
  unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

describe("a run of characters that is longer than any word", () => {
  it("is one symbol, which is not counted as a word, and the sentence around it stays as it is", () => {
    const long = fill("ab/", MAX_WORD_LENGTH + 1);
    const short = fill("ab/", MAX_WORD_LENGTH - 1);
    expect(tokens(`She saw ${long} today. It rained.`)).toEqual([
      ...tokens("She saw"),
      [long, long, "SYM", ""],
      ...tokens("today. It rained."),
    ]);
    expect(tokens(short)).not.toContainEqual([short, short, "SYM", ""]);
    expect(taaco.analyse(`I left ${long}. You stayed.`)[0]).toHaveLength(2);
    expect(taaco.extras(`We like ${long} here.`).dppo_words).toBe(3);
  });

  it("keeps its characters and its order, whatever they are", () => {
    const words = ["\ud83d\ude02", "'", "zqlongwordqz", "e\u0301", "\ud83d"].map((unit) =>
      fill(unit, 600).normalize("NFC"),
    );
    const text = `I see ${words.join(" and ")} now`;
    const forms = tokens(text).map(([form]) => form);
    expect(forms).toEqual(["I", "see", ...words.flatMap((word) => [word, "and"]).slice(0, -1), "now"]);
    expect(tokens("zqlongwordqz").map(([form]) => form)).toEqual(["zqlongwordqz"]);
  });
});

describe("the time of the analysis grows with the length of the text", () => {
  /** Returns the fastest of three analyses in milliseconds of processor time, which other programs do not change. */
  const time = (text: string): number => {
    const times = [1, 2, 3].map(() => {
      const start = process.cpuUsage();
      taaco.indices(text);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    });
    return Math.min(...times);
  };

  it.each(
    [
      "a",
      "ab'",
      "n't",
      "a-",
      "7",
      ".",
      "\ud83d\ude02",
      "ab/",
      ":",
      "_",
      "a_",
      '"',
      "([{",
      "e\u0301",
      "\ud83d",
      "!?",
    ].map((unit) => [unit] as const),
  )("of one word made of %j", (unit) => {
    time(`Well, ${fill(unit, 2000)} and so on.`);
    const [short, long] = [20_000, 320_000].map((length) => time(`Well, ${fill(unit, length)} and so on.`));
    // Quadratic growth would be a factor of 256 here. The constant covers times that the clock cannot measure.
    expect(long).toBeLessThan(64 * (short as number) + 100);
  });

  it.each([["I saw the dog run. "], ["and then she went home "], ['" '], [`${fill("a_", 120)} `]])(
    "of many words such as %j",
    (unit) => {
      time(fill(unit, 2000));
      const [short, long] = [3000, 24_000].map((length) => time(fill(unit, length)));
      expect(long).toBeLessThan(32 * (short as number) + 100);
    },
  );
});
