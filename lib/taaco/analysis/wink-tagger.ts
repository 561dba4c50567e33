import model from "wink-eng-lite-web-model";
import winkNLP, { type ItsFunction, type WinkMethods } from "wink-nlp";
import type { AnnotatedToken, Tagger } from "../types.ts";
import { markClauses } from "./clauses.ts";
import { type Draft, toAnnotated, type Universal } from "./draft.ts";
import { createVerbFinder, lemmaOf, type VerbFinder } from "./lemma.ts";
import { type Lexicon, readLexicon } from "./lexicon.ts";
import { pennTag } from "./penn.ts";
import { repairClasses } from "./repair.ts";
import { splitContractions } from "./split.ts";
import { tagVerbs } from "./verbs.ts";

/** The typings of wink's token properties disagree with those of its functions. */
type Property = ItsFunction<string>;

/** Words without their first letters. wink splits the apostrophe off; it is joined again here. */
const CLIPPED = new Set(["'cause", "'em", "'til", "'bout"]);

const newModel = (): WinkMethods => winkNLP(model, ["sbd", "pos"]);

/** Number of different words after which the language model is loaded again, which takes a fifth of a second. */
const MOST_WORDS = 150_000;

const CAPITALISED = /^\p{Lu}\p{Ll}+$/u;

/** Number of words in lower case that are remembered. */
const MOST_KEPT = 50_000;

/**
 * wink-nlp's tokens, sentences and universal tags, completed by rules: Penn tags, lemmas as in spaCy, auxiliaries,
 * subordinating markers, determiner demonstratives.
 */
export class WinkTagger implements Tagger {
  readonly name = "wink-eng-lite-web-model and rules";
  #nlp: WinkMethods = newModel();
  readonly #seen = new Set<string>();
  readonly #lexicon: Lexicon;
  readonly #verbOf: VerbFinder;
  readonly #small = new Map<string, readonly [Universal, string]>();

  /** @param directory folder of the package's word lists */
  constructor(directory: string) {
    this.#lexicon = readLexicon(directory);
    this.#verbOf = createVerbFinder(this.#lexicon);
  }

  tag(paragraph: string): AnnotatedToken[][] {
    if (paragraph.trim() === "") return [[]];
    this.#renew();
    return this.#sentences(splitContractions(paragraph)).map((sentence) => this.#analyse(sentence));
  }

  /** Loads the model again from time to time: wink keeps every word that it saw, which would fill the memory. */
  #renew(): void {
    if (this.#seen.size < MOST_WORDS) return;
    this.#seen.clear();
    this.#nlp = newModel();
  }

  /** Returns the analysis of wink-nlp, sentence by sentence. */
  #sentences(text: string): Draft[][] {
    const { its } = this.#nlp;
    const document = this.#nlp.readDoc(text);
    const tokens = document.tokens();
    const forms = tokens.out(its.value) as string[];
    const parts = tokens.out(its.pos) as Universal[];
    const lemmas = tokens.out(its.lemma as unknown as Property) as (string | undefined)[];
    const spaces = tokens.out(its.precedingSpaces as unknown as Property) as string[];
    const spans = document.sentences().out(its.span) as unknown as [number, number][];
    return spans.map(([from, to]) => {
      const drafts: Draft[] = [];
      for (let index = from; index <= to; index++) {
        const form = forms[index] as string;
        this.#seen.add(form);
        drafts.push(
          newDraft(form, spaces[index] !== "" || index === 0, parts[index] as Universal, lemmas[index]),
        );
      }
      const first = drafts[0];
      if (first?.universal === "PROPN" && CAPITALISED.test(first.form) && drafts[1]?.universal !== "PROPN") {
        [first.universal, first.lemma] = this.#uncapitalised(first.lower);
      }
      return joinClipped(drafts);
    });
  }

  /** Returns class and lemma of a word by itself in lower case, since a capital at the start of a sentence has no meaning. */
  #uncapitalised(lower: string): readonly [Universal, string] {
    let known = this.#small.get(lower);
    if (!known) {
      const { its } = this.#nlp;
      const token = this.#nlp.readDoc(lower).tokens();
      const parts = token.out(its.pos) as Universal[];
      const lemmas = token.out(its.lemma as unknown as Property) as (string | undefined)[];
      known = parts.length === 1 ? [parts[0] as Universal, lemmas[0] ?? lower] : ["PROPN", lower];
      if (this.#small.size > MOST_KEPT) this.#small.clear();
      this.#small.set(lower, known);
    }
    return known;
  }

  #analyse(tokens: Draft[]): AnnotatedToken[] {
    const given = tokens.map(({ universal }) => universal);
    repairClasses(tokens, this.#verbOf, this.#lexicon);
    tokens.forEach((token, at) => {
      const isVerb = token.universal === "VERB" || token.universal === "AUX";
      if (!isVerb) token.tag = pennTag(token, tokens[at + 1]);
      token.lemma = lemmaOf(token, token.lemma, given[at] !== token.universal, this.#verbOf);
    });
    tagVerbs(tokens);
    markClauses(tokens);
    return tokens.map(toAnnotated);
  }
}

function newDraft(form: string, spaced: boolean, universal: Universal, lemma: string | undefined): Draft {
  const lower = form.toLowerCase();
  return {
    form,
    lower,
    spaced,
    universal,
    lemma: (lemma ?? lower).toLowerCase(),
    tag: "",
    auxiliary: false,
    marker: false,
    attended: false,
  };
}

function joinClipped(tokens: Draft[]): Draft[] {
  if (!tokens.some(({ form }) => form === "'")) return tokens;
  const joined: Draft[] = [];
  for (const token of tokens) {
    const before = joined.at(-1);
    const whole = `'${token.form}`;
    if (before?.form === "'" && !token.spaced && CLIPPED.has(whole.toLowerCase())) {
      joined[joined.length - 1] = newDraft(
        whole,
        before.spaced,
        whole.endsWith("em") ? "PRON" : "ADP",
        undefined,
      );
    } else {
      joined.push(token);
    }
  }
  return joined;
}
