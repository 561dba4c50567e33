import model from "wink-eng-lite-web-model";
import winkNLP, { type ItsFunction, type WinkMethods } from "wink-nlp";
import type { AnnotatedToken, Tagger } from "../types.ts";
import { markClauses } from "./clauses.ts";
import { type DraftToken, toAnnotated, type Universal } from "./draft.ts";
import { chooseLemma, createVerbFinder, type VerbFinder } from "./lemma.ts";
import { type Lexicon, readLexicon } from "./lexicon.ts";
import { hideLongWords, isStandIn } from "./long-words.ts";
import { pennTag } from "./penn.ts";
import { repairClasses } from "./repair.ts";
import { splitContractions } from "./split.ts";
import { tagVerbs } from "./verbs.ts";

/** Type of a token property for wink's functions, whose typings do not accept the properties as wink declares them. */
type Property = ItsFunction<string>;

/** Words without their first letters. wink splits off the apostrophe, and {@link joinClipped} joins it again. */
const CLIPPED = new Set(["'cause", "'em", "'til", "'bout"]);

// `metaCER` of the model encodes its data as JSON once more at each call, which doubles their size until no string can
// hold them. winkNLP() calls it each time, so all instances share the result of one call.
const metaCER = (model as typeof model & { metaCER(): object }).metaCER();
const reusableModel = { ...model, metaCER: () => metaCER };

const newModel = (): WinkMethods => winkNLP(reusableModel, ["sbd", "pos"]);

/** Number of different words after which the language model is loaded again. Loading takes about 0.2 seconds. */
const MAX_MODEL_WORDS = 150_000;

const CAPITALISED = /^\p{Lu}\p{Ll}+$/u;

/** Number of lower-case words in the cache after which it is cleared. */
const MAX_CACHED_WORDS = 50_000;

/**
 * Tags English text with wink-nlp and rules. wink-nlp finds tokens, sentences and universal tags. The rules add Penn
 * tags, lemmas as in spaCy, and the flags of auxiliaries, subordinating markers and attended demonstratives.
 */
export class WinkTagger implements Tagger {
  readonly name = "wink-eng-lite-web-model and rules";
  #nlp: WinkMethods = newModel();
  readonly #seen = new Set<string>();
  readonly #lexicon: Lexicon;
  readonly #findVerb: VerbFinder;
  readonly #lowerCaseCache = new Map<string, readonly [Universal, string]>();

  /**
   * @param directory folder of the word lists of this package
   * @throws DialoguePpoError ERR_DATA when the lexicon cannot be read
   */
  constructor(directory: string) {
    this.#lexicon = readLexicon(directory);
    this.#findVerb = createVerbFinder(this.#lexicon);
  }

  tag(paragraph: string): AnnotatedToken[][] {
    if (paragraph.trim() === "") return [[]];
    this.#reloadWhenFull();
    const { text, words } = hideLongWords(paragraph);
    const sentences = this.#sentences(splitContractions(text));
    if (words.length > 0) restoreLongWords(sentences, words);
    return sentences.map((sentence) => this.#analyse(sentence));
  }

  /**
   * Loads the model again after many different words. wink keeps every word that it has read, which would fill the
   * memory.
   */
  #reloadWhenFull(): void {
    if (this.#seen.size < MAX_MODEL_WORDS) return;
    this.#seen.clear();
    this.#nlp = newModel();
  }

  /** Returns the tokens of wink-nlp for each sentence. */
  #sentences(text: string): DraftToken[][] {
    const { its } = this.#nlp;
    const document = this.#nlp.readDoc(text);
    const tokens = document.tokens();
    const forms = tokens.out(its.value) as string[];
    const parts = tokens.out(its.pos) as Universal[];
    const lemmas = tokens.out(its.lemma as unknown as Property) as (string | undefined)[];
    const spaces = tokens.out(its.precedingSpaces as unknown as Property) as string[];
    const spans = document.sentences().out(its.span) as unknown as [number, number][];
    return spans.map(([from, to]) => {
      const drafts: DraftToken[] = [];
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

  /** Returns class and lemma of the lower-case word, since a capital letter at the start of a sentence has no meaning. */
  #uncapitalised(lower: string): readonly [Universal, string] {
    let known = this.#lowerCaseCache.get(lower);
    if (!known) {
      const { its } = this.#nlp;
      const token = this.#nlp.readDoc(lower).tokens();
      const parts = token.out(its.pos) as Universal[];
      const lemmas = token.out(its.lemma as unknown as Property) as (string | undefined)[];
      known = parts.length === 1 ? [parts[0] as Universal, lemmas[0] ?? lower] : ["PROPN", lower];
      if (this.#lowerCaseCache.size > MAX_CACHED_WORDS) this.#lowerCaseCache.clear();
      this.#lowerCaseCache.set(lower, known);
    }
    return known;
  }

  #analyse(tokens: DraftToken[]): AnnotatedToken[] {
    const winkTags = tokens.map(({ universal }) => universal);
    repairClasses(tokens, this.#findVerb, this.#lexicon);
    tokens.forEach((token, at) => {
      const isVerb = token.universal === "VERB" || token.universal === "AUX";
      if (!isVerb) token.tag = pennTag(token, tokens[at + 1]);
      token.lemma = chooseLemma(token, token.lemma, winkTags[at] !== token.universal, this.#findVerb);
    });
    tagVerbs(tokens);
    markClauses(tokens);
    return tokens.map(toAnnotated);
  }
}

function newDraft(
  form: string,
  spaced: boolean,
  universal: Universal,
  lemma: string | undefined,
): DraftToken {
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

/** Puts the long words of the text in the place of their stand-ins. */
function restoreLongWords(sentences: DraftToken[][], words: readonly string[]): void {
  let next = 0;
  for (const tokens of sentences) {
    tokens.forEach(({ form, spaced }, at) => {
      if (isStandIn(form)) tokens[at] = newDraft(words[next++] as string, spaced, "SYM", undefined);
    });
  }
}

/** Joins each apostrophe with a clipped word that follows it. */
function joinClipped(tokens: DraftToken[]): DraftToken[] {
  if (!tokens.some(({ form }) => form === "'")) return tokens;
  const joined: DraftToken[] = [];
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
