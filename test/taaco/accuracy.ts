import { readFileSync } from "node:fs";
import path from "node:path";
import type { AnnotatedToken, Tagger } from "../../lib/taaco/types.ts";

/** A token as annotated by hand. */
export interface GoldToken {
  readonly form: string;
  /** Label of the annotation: n, v, j, r, p, x, m or d, or f for any other token. */
  readonly label: string;
}

export interface GoldSentence {
  readonly text: string;
  readonly tokens: readonly GoldToken[];
}

const PUNCTUATION = /^[.,?!]$/;

/** Returns the hand-annotated sentences with their text, which is joined from the tokens. */
export function readGold(name: "annotated" | "annotated-unseen"): GoldSentence[] {
  return readFileSync(path.join(import.meta.dirname, `${name}.txt`), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      let text = "";
      const tokens: GoldToken[] = [];
      for (const item of line.split(" ")) {
        const [shown = "", label = "f"] = item.split("/");
        const joined = shown.startsWith("~");
        const form = joined ? shown.slice(1) : shown;
        text += (joined || text === "" || PUNCTUATION.test(form) ? "" : " ") + form;
        if (!PUNCTUATION.test(form)) tokens.push({ form, label });
      }
      return { text: text.charAt(0).toUpperCase() + text.slice(1), tokens };
    });
}

const isPunctuation = ([form]: AnnotatedToken): boolean => PUNCTUATION.test(form);

/** Returns the label of the annotation that corresponds to the word class and flags of an analysed token. */
export function labelOf([form, , tag, flags]: AnnotatedToken): string {
  const isDemonstrative = /^(?:this|that|these|those)$/i.test(form);
  if (flags.includes("M")) return "m";
  if (flags.includes("D")) return "d";
  if (isDemonstrative && tag !== "RB") return tag === "DT" ? "p" : "f";
  if (tag.startsWith("NN")) return "n";
  if (tag.startsWith("JJ")) return "j";
  if (/^RB[RS]?$/.test(tag)) return "r";
  if (tag === "MD" || flags.includes("A")) return "x";
  if (tag.startsWith("VB")) return "v";
  return tag.startsWith("PRP") ? "p" : "f";
}

export interface Accuracy {
  readonly sentences: number;
  readonly tokens: number;
  /** Number of sentences in which the tagger finds other tokens. */
  readonly splitDifferently: readonly string[];
  /** Share of tokens with the right class: noun, full verb, adjective, adverb, pronoun, auxiliary or other. */
  readonly classes: number;
  /** Share of tokens that are rightly content or function words, without adverbs. */
  readonly content: number;
  readonly markers: Scores;
  readonly auxiliaries: Scores;
  /** Share of demonstratives whose use is right: before a noun, alone, as a marker or relative. */
  readonly demonstratives: number;
  readonly errors: readonly string[];
}

export interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

type Pair = readonly [gold: string, found: string, form: string];

function scoresOf(pairs: readonly Pair[], label: string): Scores {
  const right = pairs.filter(([gold, found]) => gold === label && found === label).length;
  const precision = right / pairs.filter(([, found]) => found === label).length;
  const recall = right / pairs.filter(([gold]) => gold === label).length;
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall) };
}

/** Compares a tagger with the hand annotation. */
export function measure(tagger: Tagger, sentences: readonly GoldSentence[]): Accuracy {
  const pairs: Pair[] = [];
  const splitDifferently: string[] = [];
  const errors: string[] = [];
  for (const { text, tokens } of sentences) {
    const found = tagger
      .tag(text)
      .flat()
      .filter((token) => !isPunctuation(token));
    const same = found.length === tokens.length;
    if (!same || tokens.some(({ form }, at) => form.toLowerCase() !== found[at]?.[0].toLowerCase())) {
      splitDifferently.push(text);
      continue;
    }
    tokens.forEach(({ form, label }, at) => {
      const other = labelOf(found[at] as AnnotatedToken);
      pairs.push([label, other, form]);
      if (label !== other) errors.push(`${form} is ${label}, found ${other}: ${text}`);
    });
  }
  // Flags are not classes: markers and determiners are function words.
  const classOf = (label: string): string => (label === "m" || label === "d" ? "f" : label);
  const sideOf = (label: string): string =>
    "nvj".includes(label) ? "content" : label === "r" ? "adverb" : "function";
  const share = (same: (gold: string, found: string) => boolean, among: readonly Pair[]): number =>
    among.filter(([gold, found]) => same(gold, found)).length / among.length;
  const demonstratives = pairs.filter(([, , form]) => /^(?:this|that|these|those)$/i.test(form));
  return {
    sentences: sentences.length,
    tokens: pairs.length,
    splitDifferently,
    classes: share((gold, found) => classOf(gold) === classOf(found), pairs),
    content: share((gold, found) => sideOf(gold) === sideOf(found), pairs),
    markers: scoresOf(pairs, "m"),
    auxiliaries: scoresOf(pairs, "x"),
    demonstratives: share((gold, found) => gold === found, demonstratives),
    errors,
  };
}
