import model from "wink-eng-lite-web-model";
import type { DraftToken } from "./draft.ts";
import type { Lexicon } from "./lexicon.ts";
import { BE, DO, FIXED, HAVE, PRONOUNS } from "./words.ts";

/**
 * The lemmatiser of the language model. It applies Morphy's exceptions and endings and asks `lexicon` which bases
 * exist.
 */
type Lemmatize = (
  word: string,
  part: string,
  lexicon: { hasSamePOS(word: string, part: string): boolean },
) => string;

const { lemmatize } = model.addons as { lemmatize: Lemmatize };

/** Returns the verb that has a given form, or undefined if no verb has it. */
export type VerbFinder = (form: string) => string | undefined;

/** Creates a function that looks up verbs by any of their forms. Results are cached, since texts repeat their words. */
export function createVerbFinder(lexicon: Lexicon): VerbFinder {
  const cache = new Map<string, string | undefined>();
  const bases = { hasSamePOS: (word: string): boolean => lexicon.verb(word) !== undefined };
  return (form) => {
    if (cache.has(form)) return cache.get(form);
    const doubled = form.replace(/([bdgklmnprtvz])\1(?:ed|ing)$/, "$1");
    let base = lemmatize(form, "VERB", bases);
    if (!bases.hasSamePOS(base) && bases.hasSamePOS(doubled)) base = doubled;
    const verb = bases.hasSamePOS(base) ? base : undefined;
    if (cache.size > CACHE_LIMIT) cache.clear();
    cache.set(form, verb);
    return verb;
  };
}

/** Number of forms in the cache after which it is cleared. It bounds the memory for a stream of texts. */
const CACHE_LIMIT = 100_000;

function nounLemma(draft: DraftToken, given: string): string {
  // wink maps spoken spellings to written ones. The first letter distinguishes this from a singular, which keeps it.
  return given.slice(0, 1) === draft.lower.slice(0, 1) ? given : draft.lower;
}

/**
 * Returns the lemma of a token, as spaCy's rule lemmatiser does.
 *
 * @param given lemma that wink-nlp chose for its own universal tag
 * @param changed whether the rules have changed that tag
 */
export function chooseLemma(
  draft: DraftToken,
  given: string,
  changed: boolean,
  findVerb: VerbFinder,
): string {
  const { lower, universal } = draft;
  if (lower === "her") return draft.tag === "PRP$" ? "her" : "she";
  if (BE.has(lower)) return "be";
  if (lower === "'ve") return lower;
  if (HAVE.has(lower)) return "have";
  if (DO.has(lower)) return "do";
  const isVerb = universal === "VERB" || universal === "AUX";
  const fixed = PRONOUNS.get(lower) ?? FIXED.get(lower);
  if (fixed && (!isVerb || /^(?:VB|MD)/.test(fixed[0]))) return fixed[1];
  if (isVerb) return findVerb(lower) ?? given;
  if (draft.tag === "JJR" || draft.tag === "RBR")
    return lower === "better" ? "well" : comparative(given, lower);
  if (draft.tag === "JJS" && lower === "best") return "good";
  if (draft.tag === "RBS" && lower === "best") return "well";
  if (universal === "NOUN") return changed ? singular(lower) : nounLemma(draft, given);
  return universal === "ADJ" ? given : lower;
}

const comparative = (given: string, lower: string): string =>
  lower === "more" || lower === "less" ? lower : given;

/** Removes regular plural endings. Used for words that wink-nlp did not tag as nouns. */
function singular(word: string): string {
  if (/[^s]s$/.test(word) && !/(us|is)$/.test(word)) {
    return word
      .replace(/ies$/, "y")
      .replace(/(ch|sh|x|ss)es$/, "$1")
      .replace(/s$/, "");
  }
  return word;
}
