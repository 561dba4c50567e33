import { describe, expect, it } from "vitest";
import type { IndexValues } from "../../lib/taaco/types.ts";
import { annotate, indicesOf } from "./annotated.ts";

/** Annotates sentences separated by "|". "word!" has the marker flag. Tags do not matter to these lists. */
function words(text: string): string {
  return text.replaceAll(/[^\s|]+/g, (word) =>
    word.endsWith("!") ? `${word.slice(0, -1)}/${word.slice(0, -1)}/IN/M` : `${word}/${word}/XX`,
  );
}

/** Returns the count of an index in a text: its value times the number of words. */
async function counts(
  text: string,
  name: keyof IndexValues & string,
): Promise<{ faithful: number; corrected: number }> {
  const total = text.split(/[\s|]+/).length;
  const count = async (mode: "faithful" | "corrected"): Promise<number> =>
    Math.round(
      ((await indicesOf(annotate(...words(text).split("\n")), mode))[name] ?? Number.NaN) * total * 1e9,
    ) / 1e9;
  return { faithful: await count("faithful"), corrected: await count("corrected") };
}

const both = (count: number): { faithful: number; corrected: number } => ({
  faithful: count,
  corrected: count,
});

describe("connectives", () => {
  it("are proportions of the words", async () => {
    const values = await indicesOf(annotate(words("we came and they left but nobody or")));
    expect([values.basic_connectives, values.conjunctions, values.disjunctions]).toEqual([
      3 / 8,
      2 / 8,
      1 / 8,
    ]);
  });

  it("lexical subordinators are all tokens with the marker flag", async () => {
    expect(await counts("zzz! and because because!", "lexical_subordinators")).toEqual(both(2));
  });

  it("M: an ambiguous word counts only with the marker flag", async () => {
    // order: T first; M before and after.
    expect(await counts("first before! it after that", "order")).toEqual(both(2));
  });

  it("T: a token counts with any tag; S: phrases count as a whole", async () => {
    expect(await counts("first to begin with x to begin y", "order")).toEqual(both(2));
  });

  it("Q6: since and so in the causal lists count with the flag; the official tool forgets to add them up", async () => {
    const text = "since! monday since so it is so!";
    // all_causal also has "so" among its strings, so that each counts.
    expect(await counts(text, "all_causal")).toEqual({ faithful: 2, corrected: 2 });
    expect(await counts(text, "positive_causal")).toEqual({ faithful: 0, corrected: 2 });
  });

  it("the lists hold what Halliday & Hasan, Quirk and Coh-Metrix name, and not what they file elsewhere", async () => {
    const one = { faithful: 1, corrected: 1 };
    const none = { faithful: 0, corrected: 0 };
    // The prime additive of Halliday & Hasan, and the additive adverb of Quirk.
    expect(await counts("tea and x", "addition")).toEqual(one);
    expect(await counts("me too", "addition")).toEqual(one);
    // "Make" is the plainest causal verb; "if" is a logical connective in Coh-Metrix.
    for (const word of ["make", "makes", "made", "making"]) {
      for (const name of ["all_causal", "positive_causal", "all_positive", "all_connective"]) {
        expect(await counts(`it ${word} x`, name), `${word} ${name}`).toEqual(one);
      }
    }
    expect(await counts("x if y", "all_causal")).toEqual(none);
    expect(await counts("x if y", "positive_causal")).toEqual({ faithful: 1, corrected: 0 });
    expect(await counts("x if y", "all_logical")).toEqual(one);
    // Enumerative conjuncts of Quirk.
    expect(await counts("then x lastly y", "order")).toEqual(both(2));
    // Halliday & Hasan have "first" and "soon" among the temporal relations, "now" among the continuatives.
    expect(await counts("first x soon", "all_temporal")).toEqual(both(2));
    for (const name of ["all_temporal", "all_positive", "all_connective"]) {
      expect(await counts("x now y", name)).toEqual(none);
    }
    // The official list of negative connectives counts "or" and "until".
    expect(await counts("x or y until z", "all_negative")).toEqual({ faithful: 2, corrected: 0 });
  });

  it("as and for give a reason where they open a clause", async () => {
    expect(await counts("as! x for! y", "reason_and_purpose")).toEqual({ faithful: 1, corrected: 2 });
    expect(await counts("as x for y", "reason_and_purpose")).toEqual({ faithful: 1, corrected: 0 });
  });

  it("Q7: halves of phrases count in faithful mode", async () => {
    const text = "due even only provided follow this x";
    expect(await counts(text, "positive_causal")).toEqual({ faithful: 6, corrected: 0 });
    expect(await counts(text, "all_positive")).toEqual({ faithful: 5, corrected: 0 });
    // The whole phrases stay: due to, only if, provided that; faithful adds the halves due, only, provided and, from
    // "only if", the entry if; corrected takes each token once.
    const whole = "due to x only if y provided that";
    expect(await counts(whole, "positive_causal")).toEqual({ faithful: 3 + 3 + 1, corrected: 3 });
  });

  it("Q9: sentence_linking counts a marker that is a substring of its word list", async () => {
    // "for since after yet so": in? "s in ce": yes; or: f-or; a, s; "r since": no token. that: not inside.
    const markers = "in! or! a! s! that! x";
    expect(await counts(markers, "sentence_linking")).toEqual({ faithful: 4, corrected: 0 });
    // The five words count in both with the flag, in none without it.
    expect(await counts("for! since! after! yet! so! x", "sentence_linking")).toEqual(both(5));
    expect(await counts("for since after yet so x", "sentence_linking")).toEqual({
      faithful: 0,
      corrected: 0,
    });
    // T words count without a flag.
    expect(await counts("however x because!", "sentence_linking")).toEqual(both(2));
  });

  it("Q10: by and so as markers in all_connective", async () => {
    expect(await counts("x by! y so! z since!", "all_connective")).toEqual({ faithful: 1, corrected: 3 });
    // The official list has "since" among the words that count with any tag, too.
    expect(await counts("x by y so z since", "all_connective")).toEqual({ faithful: 1, corrected: 0 });
  });

  it("Q11: one entry of all_logical never matches", async () => {
    expect(await counts("on the grounds that it x", "all_logical")).toEqual({ faithful: 0, corrected: 1 });
  });

  it("Q12: for in all_logical always counts, and twice as a marker; corrected mode counts only the marker", async () => {
    expect(await counts("for x", "all_logical")).toEqual({ faithful: 1, corrected: 0 });
    expect(await counts("for! x", "all_logical")).toEqual({ faithful: 2, corrected: 1 });
  });

  it("Q12: entries that contain each other count several times in faithful mode", async () => {
    // because + because of; it follows + it follows that; all this time + this time.
    expect(await counts("x because of y", "all_logical")).toEqual({ faithful: 2, corrected: 1 });
    expect(await counts("it follows that x", "all_logical")).toEqual({ faithful: 2, corrected: 1 });
    expect(await counts("all this time x", "all_temporal")).toEqual({ faithful: 2, corrected: 1 });
    expect(await counts("x because y", "all_logical")).toEqual(both(1));
  });

  it("Q13: the string count misses the second of two equal neighbours", async () => {
    expect(await counts("x and and y", "basic_connectives")).toEqual({ faithful: 1, corrected: 2 });
    // Of three the first and the third do not share a space.
    expect(await counts("and and and", "basic_connectives")).toEqual({ faithful: 2, corrected: 3 });
    expect(await counts("and x and", "basic_connectives")).toEqual(both(2));
    // Different entries may share a space.
    expect(await counts("and but", "basic_connectives")).toEqual(both(2));
    // Across a sentence end all the same.
    expect(await counts("x and | and y", "basic_connectives")).toEqual({ faithful: 1, corrected: 2 });
    // The token count (T) loses none.
    expect(await counts("then then x", "all_temporal")).toEqual(both(2));
  });

  it("Q13: the string count crosses sentence and paragraph ends", async () => {
    expect(await counts("x in | addition y", "addition")).toEqual({ faithful: 1, corrected: 0 });
    expect(await counts("x in\naddition y", "addition")).toEqual({ faithful: 1, corrected: 0 });
    expect(await counts("x in addition y", "addition")).toEqual(both(1));
  });

  it("a phrase matches across punctuation, which is dropped", async () => {
    const text = annotate("in/in/IN ,/,/, addition/addition/NN x/x/XX");
    expect((await indicesOf(text)).addition).toBe(1 / 3);
    expect((await indicesOf(text, "faithful")).addition).toBe(1 / 3);
  });

  it("parts of words do not match", async () => {
    expect(await counts("android butter forum", "basic_connectives")).toEqual(both(0));
  });

  it("determiners and demonstratives count by form", async () => {
    // a an the this that these those; then it.
    expect(await counts("a an the this that these those it", "determiners")).toEqual(both(7));
    expect(await counts("a an the this that these those it", "all_demonstratives")).toEqual(both(4));
  });
});
