import type { DraftToken, Universal } from "./draft.ts";
import { FIXED, PRONOUNS } from "./words.ts";

const PUNCTUATION: Readonly<Record<string, string>> = {
  ".": ".",
  "?": ".",
  "!": ".",
  ",": ",",
  ":": ":",
  ";": ":",
  "-": ":",
  "--": ":",
  "\u2013": ":",
  "\u2014": ":",
  "\u2026": ":",
  "(": "-LRB-",
  "[": "-LRB-",
  "{": "-LRB-",
  ")": "-RRB-",
  "]": "-RRB-",
  "}": "-RRB-",
  "`": "``",
  "'": "''",
  '"': "''",
};

/** Penn tags of the universal tags that determine them. */
const DIRECT_TAGS: Readonly<Partial<Record<Universal, string>>> = {
  ADP: "IN",
  SCONJ: "IN",
  CCONJ: "CC",
  NUM: "CD",
  INTJ: "UH",
  X: "FW",
  SPACE: "_SP",
};

const CURRENCY = /^\p{Sc}$/u;

function punctuationTag({ form, spaced }: DraftToken, next: DraftToken | undefined): string {
  // spaCy splits a hyphen inside a word ("uh-huh") and gives it a tag of its own.
  const joined = !spaced && next?.spaced === false && next.universal !== "PUNCT";
  if (form === "-" && joined) return "HYPH";
  const known = PUNCTUATION[form];
  if (known !== undefined) return known;
  if (/^[:;-]+$/.test(form)) return ":";
  return /^[.!?]+$/.test(form) ? (form.length > 1 && /^\.+$/.test(form) ? ":" : ".") : "NFP";
}

function nounTag(draft: DraftToken, proper: boolean): string {
  const plural = draft.lower.endsWith("s") || !draft.lower.endsWith(draft.lemma.slice(-2));
  const isPluralForm = plural && draft.lemma !== draft.lower;
  return (proper ? "NNP" : "NN") + (isPluralForm ? "S" : "");
}

function degreeTag(stem: "JJ" | "RB", { lower }: DraftToken): string {
  if (["more", "less", "better", "worse"].includes(lower)) return `${stem}R`;
  if (["most", "least", "best", "worst"].includes(lower)) return `${stem}S`;
  if (stem === "JJ" && /[^aeiou]er$|ier$/.test(lower)) return "JJR";
  if (stem === "JJ" && /[^aeiou]est$|iest$/.test(lower)) return "JJS";
  return stem;
}

function determinerTag({ lower }: DraftToken, next: DraftToken | undefined): string {
  if (["what", "which", "whatever", "whichever"].includes(lower)) return "WDT";
  if (
    ["all", "both", "half"].includes(lower) &&
    ["the", "my", "these", "those"].includes(next?.lower ?? "")
  ) {
    return "PDT";
  }
  return lower === "there" ? "EX" : "DT";
}

function pronounTag({ lower }: DraftToken, next: DraftToken | undefined): string {
  if (lower === "there") return "EX";
  if (lower === "what" || lower === "whatever") return "WP";
  if (lower === "which") return "WDT";
  if (lower === "her")
    return next && ["NOUN", "ADJ", "PROPN", "NUM"].includes(next.universal) ? "PRP$" : "PRP";
  return PRONOUNS.get(lower)?.[0] ?? "DT";
}

function particleTag({ lower }: DraftToken): string {
  if (lower === "to" || lower === "na") return "TO";
  return lower === "'s" || lower === "'" ? "POS" : "RB";
}

/** Returns the Penn tag of a token that is not a verb, by its universal tag, its form and the next token. */
export function pennTag(draft: DraftToken, next: DraftToken | undefined): string {
  const { universal, lower, form } = draft;
  const fixed = universal === "VERB" || universal === "AUX" ? undefined : FIXED.get(lower);
  const isOther =
    (universal === "ADV" && fixed?.[0] === "IN") || (universal === "NOUN" && fixed?.[0] === "DT");
  if (fixed && !isOther) return fixed[0];
  const pronoun = PRONOUNS.get(lower);
  if (pronoun) return pronoun[0];
  if (lower === "that" && universal === "SCONJ") return "IN";
  const plain = DIRECT_TAGS[universal];
  if (plain) return lower === "to" ? "TO" : plain;
  if (universal === "PUNCT") return punctuationTag(draft, next);
  if (universal === "SYM")
    return CURRENCY.test(form) ? "$" : form === "%" ? "NN" : form === "#" ? "#" : "SYM";
  if (universal === "ADJ") return degreeTag("JJ", draft);
  if (universal === "ADV") return degreeTag("RB", draft);
  if (universal === "DET") return determinerTag(draft, next);
  if (universal === "PRON") return pronounTag(draft, next);
  if (universal === "PART") return particleTag(draft);
  return nounTag(draft, universal === "PROPN");
}
