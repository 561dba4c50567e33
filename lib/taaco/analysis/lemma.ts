import { positive, singular, verbBase } from "./lemma-rules.ts";
import type { Lexicon } from "./lexicon.ts";

/** Parses pairs of a form and its lemma. */
const pairs = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split("/") as [string, string]),
  );

/** Lemmas of words whose tag does not matter. They are those of spaCy's rule lemmatiser. */
const FIXED = pairs(`
  n't/not nt/not nae/not na/to ta/to 'm/be 're/be 've/'ve 'll/will ca/can wo/will sha/shall ai/be gon/go gim/give lem/let
  'til/until till/until 'bout/about cuz/because coz/because 'cause/because`);

/** Lemmas of personal pronouns. */
const PRONOUNS = pairs("me/i him/he us/we them/they 'em/they em/they ya/you y'/you u/you 's/us ur/your");

const BE = new Set(["be", "am", "is", "are", "was", "were", "been", "being", "m", "re"]);
const HAVE = new Set(["have", "has", "had", "having", "ve"]);

/**
 * Returns the lemma of a word in lower case, as spaCy's rule lemmatiser does.
 *
 * @param word form in lower case
 * @param tag its Penn tag
 */
export function lemmaOf(word: string, tag: string, lexicon: Lexicon): string {
  if (word === "'d") return tag === "MD" ? "would" : "have";
  if (word === "cause" && tag === "IN") return "because";
  if (word === "her") return tag === "PRP$" ? "her" : "she";
  const fixed = tag.startsWith("PRP") ? PRONOUNS.get(word) : FIXED.get(word);
  if (fixed !== undefined) return fixed;
  if (tag === "NNS") return lexicon.irregular("noun", word) ?? singular(word);
  if (tag.startsWith("VB")) return verbLemma(word, tag, lexicon);
  if (tag === "JJR" || tag === "JJS" || tag === "RBR" || tag === "RBS")
    return degreeLemma(word, tag, lexicon);
  return word;
}

function verbLemma(word: string, tag: string, lexicon: Lexicon): string {
  const isBase = tag === "VBP" || tag === "VB";
  if (BE.has(word) || (!isBase && (word === "'s" || word === "s"))) return "be";
  if (HAVE.has(word)) return "have";
  // A finite form that is tagged as a base form keeps its verb.
  if (isBase && lexicon.verbCount(word) !== undefined) return word;
  return lexicon.irregular("verb", word) ?? verbBase(word, lexicon);
}

function degreeLemma(word: string, tag: string, lexicon: Lexicon): string {
  if (/^(?:more|most|less|least)$/.test(word)) return word;
  if (word === "better") return "well";
  if (word === "best") return tag === "RBS" ? "well" : "good";
  return lexicon.irregular("adjective", word) ?? positive(word, lexicon);
}
