import model from "wink-eng-lite-web-model";
import type { Draft } from "./draft.ts";
import type { Lexicon } from "./lexicon.ts";
import { BE, DO, FIXED, HAVE, PRONOUNS } from "./words.ts";

/** Morphy's exceptions and endings, as the language model brings them; asks which bases exist. */
type Lemmatize = (
  word: string,
  part: string,
  lexicon: { hasSamePOS(word: string, part: string): boolean },
) => string;

const { lemmatize } = model.addons as { lemmatize: Lemmatize };

/** The verb that a form belongs to, or undefined when no verb has it. */
export type VerbFinder = (form: string) => string | undefined;

/** Looks verbs up by any of their forms; answers are kept, since a text repeats its words. */
export function createVerbFinder(lexicon: Lexicon): VerbFinder {
  const known = new Map<string, string | undefined>();
  const bases = { hasSamePOS: (word: string): boolean => lexicon.verb(word) !== undefined };
  return (form) => {
    if (known.has(form)) return known.get(form);
    const doubled = form.replace(/([bdgklmnprtvz])\1(?:ed|ing)$/, "$1");
    let base = lemmatize(form, "VERB", bases);
    if (!bases.hasSamePOS(base) && bases.hasSamePOS(doubled)) base = doubled;
    const verb = bases.hasSamePOS(base) ? base : undefined;
    if (known.size > LIMIT) known.clear();
    known.set(form, verb);
    return verb;
  };
}

/** Bounds what is kept of a stream of texts. */
const LIMIT = 100_000;

function nounLemma(draft: Draft, given: string): string {
  // wink maps spoken spellings to written ones; a plural has at least the singular's first letter.
  return given.slice(0, 1) === draft.lower.slice(0, 1) ? given : draft.lower;
}

/** Lemmas as spaCy's rule lemmatiser gives them; `given` is the tagger's, for the universal tag that it chose. */
export function lemmaOf(draft: Draft, given: string, changed: boolean, verbOf: VerbFinder): string {
  const { lower, universal } = draft;
  if (lower === "her") return draft.tag === "PRP$" ? "her" : "she";
  if (BE.has(lower)) return "be";
  if (lower === "'ve") return lower;
  if (HAVE.has(lower)) return "have";
  if (DO.has(lower)) return "do";
  const isVerb = universal === "VERB" || universal === "AUX";
  const fixed = PRONOUNS.get(lower) ?? FIXED.get(lower);
  if (fixed && (!isVerb || /^(?:VB|MD)/.test(fixed[0]))) return fixed[1];
  if (isVerb) return verbOf(lower) ?? given;
  if (draft.tag === "JJR" || draft.tag === "RBR")
    return lower === "better" ? "well" : comparative(given, lower);
  if (draft.tag === "JJS" && lower === "best") return "good";
  if (draft.tag === "RBS" && lower === "best") return "well";
  if (universal === "NOUN") return changed ? singular(lower) : nounLemma(draft, given);
  return universal === "ADJ" ? given : lower;
}

const comparative = (given: string, lower: string): string =>
  lower === "more" || lower === "less" ? lower : given;

/** Plain plural endings, for words that the tagger did not take for nouns. */
function singular(word: string): string {
  if (/[^s]s$/.test(word) && !/(us|is)$/.test(word)) {
    return word
      .replace(/ies$/, "y")
      .replace(/(ch|sh|x|ss)es$/, "$1")
      .replace(/s$/, "");
  }
  return word;
}
