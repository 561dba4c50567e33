import type { Bases } from "./lemma-rules.ts";
import { MAX_WORD_LENGTH } from "./tokenize.ts";

/** A sentence whose tags are corrected in place. */
export interface TaggedSentence {
  readonly forms: readonly string[];
  /** The forms in lower case. */
  readonly lowers: readonly string[];
  readonly tags: string[];
}

/** Sounds and answers, which the training text hardly has. */
const INTERJECTIONS = new Set(
  "mm mmm mhm hm hmm hmmm ugh yep yup nope nah huh uh um er erm oops ouch wow whoa yay aww aw haha hehe lol gosh jeez ooh eh pls phew yikes yo aye och bye".split(
    " ",
  ),
);
const SPELT_BECAUSE = new Set(["cause", "'cause", "cuz", "coz", "bc", "b/c"]);
const NATIONALITY = /(?:ese|ish|ian|ean|[^ai]i|ite|im|ic|ican|man)$/;
const POSSESSIVE_PRONOUN = /^(?:mine|yours|hers|ours|theirs)$/;
const isNoun = (tag: string): boolean => tag.startsWith("NN");
const isSkipped = (tag: string): boolean => tag === "RB" || tag === "UH";

/**
 * Returns a tag or a form, or "" outside of the sentence. A function that reads beyond an array is compiled once more.
 */
const itemAt = (items: readonly string[], at: number): string =>
  at >= 0 && at < items.length ? (items[at] as string) : "";

/** Returns the position of the next token that is neither an adverb nor an interjection. */
function nextPosition(tags: readonly string[], at: number): number {
  let next = at + 1;
  while (next < tags.length && next < at + 4 && isSkipped(tags[next] as string)) next += 1;
  return next;
}

const DO = /^(?:do|does|did)$/;
const GET = /^(?:get|gets|got|gotten|getting)$/;
const USED_TO = /^(?:be|am|is|are|was|were|been|being|'m|'re|'s|not|n't)$/;
const MOTION =
  /^(?:go|goes|went|gone|going|walk(?:s|ed|ing)?|driv(?:e|es|en|ing)|drove|rid(?:e|es|ing)|rode|cycl(?:e|es|ed|ing)|get|gets|got|com(?:e|es|ing)|came|back|way)$/;

/** Returns the right tag of a word, or undefined to leave the decision to the next rule or to the classifier. */
export type TagRule = (sentence: TaggedSentence, at: number, bases: Bases) => string | undefined;

const WORD_RULES: Readonly<Record<string, TagRule>> = {
  a: speakerLabel,
  i: speakerLabel,
  us: ({ forms, tags }, at) =>
    forms[at] === "US" && tags[at] === "PRP" && !isShouted(forms) ? "NNP" : undefined,
  // "at least": the adverb tag that spaCy gives is not Penn's.
  at: () => "IN",
  least: ({ lowers }, at) => (itemAt(lowers, at - 1) === "at" ? "JJS" : undefined),
  about: isApproximate,
  around: isApproximate,
  "'d": hadOrWould,
  d: (sentence, at) =>
    /^(?:MD|VBD)$/.test(sentence.tags[at] as string) ? hadOrWould(sentence, at) : undefined,
  one({ lowers, tags }, at) {
    const before = itemAt(tags, at - 1);
    const phrase = before === "DT" || before.startsWith("JJ") || itemAt(lowers, at - 1) === "which";
    return phrase && !/^(?:NN|JJ|CD|HYPH|POS|VBN|VBG)/.test(itemAt(tags, at + 1)) ? "NN" : undefined;
  },
  "'s": possessiveOrVerb,
  s: possessiveOrVerb,
  used({ lowers, tags }, at) {
    const before = itemAt(lowers, at - 1);
    const accustomed =
      itemAt(lowers, at + 1) === "to" && itemAt(tags, at + 2) !== "VB" && USED_TO.test(before);
    return accustomed || (itemAt(lowers, at + 1) === "to" && GET.test(before)) ? "JJ" : undefined;
  },
  "and/or": () => "CC",
  like({ lowers, tags }, at) {
    if (itemAt(tags, at - 1) === "," && itemAt(tags, at + 1) === ",") return "UH";
    const ends = /^(?:[.,]|)$/.test(itemAt(tags, at + 1));
    const asked = lowers.slice(Math.max(0, at - 4), at - 1).some((word) => DO.test(word));
    return ends && itemAt(tags, at - 1) === "PRP" && asked ? "VB" : undefined;
  },
  work({ lowers, tags }, at) {
    const place = itemAt(lowers, at - 1) === "to" && MOTION.test(itemAt(lowers, at - 2));
    if (!place || !/^(?:[.,!?]|and|by|every|each|)$/.test(itemAt(lowers, at + 1))) return undefined;
    tags[at - 1] = "IN";
    return "NN";
  },
  mine: ({ lowers }, at) => (itemAt(lowers, at - 1) === "of" ? "PRP" : undefined),
  ours: () => "PRP",
  hum: ({ lowers }, at) => (itemAt(lowers, at - 1) === "-" ? "UH" : undefined),
  dunno: () => "VBP",
  nt: () => "RB",
  nae: () => "RB",
};

/** Recognises a speaker label in the text, as in "A:: Hello". */
function speakerLabel({ forms }: TaggedSentence, at: number): string | undefined {
  return itemAt(forms, at + 1) === ":" && /^[AI]$/.test(forms[at] as string) ? "NN" : undefined;
}

function isApproximate({ tags }: TaggedSentence, at: number): string | undefined {
  return itemAt(tags, at + 1) === "CD" || itemAt(tags, at + 1) === "$" ? "RB" : undefined;
}

/** Distinguishes "the man's leaving" from "the man's hat". */
function possessiveOrVerb({ lowers, tags }: TaggedSentence, at: number): string | undefined {
  const next = nextPosition(tags, at);
  if (itemAt(lowers, next) === "got" && tags[at] !== "PRP") tags[next] = "VBN";
  if (tags[at] !== "POS") return undefined;
  const [tag, word] = [itemAt(tags, next), itemAt(lowers, next)];
  const ends = /^(?:[.,:]|CC|IN|TO|RB|)$/.test(itemAt(tags, next + 1));
  if (/^(?:DT|PRP|PRP\$|EX)$/.test(tag)) return "VBZ";
  if (/^(?:been|got|gotten|going|gon|not|n't)$/.test(word)) return "VBZ";
  if (/^VB[DN]$/.test(tag) && /^(?:DT|PRP|PRP\$)$/.test(itemAt(tags, next + 1))) {
    tags[next] = "VBN";
    return "VBZ";
  }
  return ends && /^(?:JJ|VBG)$/.test(tag) ? "VBZ" : undefined;
}

/** Distinguishes "he'd known" and "he'd better" from "he'd know". */
function hadOrWould({ lowers, tags }: TaggedSentence, at: number): string | undefined {
  if (/^(?:better|best)$/.test(itemAt(lowers, at + 1))) return "VBD";
  const next = itemAt(tags, nextPosition(tags, at));
  return next === "VBN" ? "VBD" : next === "VB" ? "MD" : undefined;
}

const isShouted = (forms: readonly string[]): boolean =>
  forms.length > 1 && forms.every((form) => form === form.toUpperCase());

/**
 * Returns whether "cause" or another spelling of "because" opens a clause: a subject follows, and no noun phrase is
 * open.
 */
function isBecause({ lowers, tags }: TaggedSentence, at: number): boolean {
  if (lowers[at] === "'cause" || lowers[at] === "b/c") return true;
  const subject = /^(?:PRP|EX)$/.test(itemAt(tags, at + 1)) || /^(?:that|this)$/.test(itemAt(lowers, at + 1));
  return (
    subject && !/^(?:TO|MD|DT|JJ|PRP\$|PRP)$/.test(itemAt(tags, at - 1)) && itemAt(lowers, at - 1) !== "n't"
  );
}

const longWord: TagRule = () => "SYM";

const interjection: TagRule = ({ tags }, at) =>
  /^(?:NN|JJ|FW|VB|RB)/.test(tags[at] as string) ? "UH" : undefined;

/** Recognises a word that the speaker broke off. */
const fragment: TagRule = ({ lowers }, at) =>
  /^(?:and|or)$/.test(itemAt(lowers, at + 1)) ? undefined : "UH";

const spelling: TagRule = (sentence, at) => (isBecause(sentence, at) ? "IN" : sentence.tags[at]);

const nationality: TagRule = ({ lowers, tags }, at, bases) =>
  tags[at] === "NNP" && /^NNS?$/.test(itemAt(tags, at + 1)) && bases.isAdjective(lowers[at] as string)
    ? "JJ"
    : undefined;

/** Returns the rules for the tag of a form, in their order. Few forms have any. */
export function tagRules(form: string, lower: string): readonly TagRule[] {
  const rules: TagRule[] = [];
  if (form.length > MAX_WORD_LENGTH) rules.push(longWord);
  if (INTERJECTIONS.has(lower)) rules.push(interjection);
  if (/^\p{L}{1,6}-$/u.test(form)) rules.push(fragment);
  if (SPELT_BECAUSE.has(lower)) rules.push(spelling);
  if (NATIONALITY.test(lower)) rules.push(nationality);
  if (Object.hasOwn(WORD_RULES, lower)) rules.push(WORD_RULES[lower] as TagRule);
  return rules;
}

/**
 * Corrects the tags of a sentence in place, where a rule is surer than the classifier.
 *
 * @param words the {@link tagRules} of each form
 */
export function correctTags(
  sentence: TaggedSentence,
  bases: Bases,
  words: readonly { readonly tagRules: readonly TagRule[] }[],
): void {
  for (let at = 0; at < words.length; at++) {
    const { tagRules } = words[at] as (typeof words)[number];
    for (let rule = 0; rule < tagRules.length; rule++) {
      const tag = (tagRules[rule] as TagRule)(sentence, at, bases);
      if (tag === undefined) continue;
      sentence.tags[at] = tag;
      break;
    }
  }
}

const FORMS_OF_BE = new Set(["be", "is", "are", "was", "were", "been", "being", "'s", "'re", "s", "re"]);

/** Returns whether a form of "be" belongs to "there", as in "there has been". It is a full verb. */
function isExistential({ lowers, tags }: TaggedSentence, at: number): boolean {
  if (!FORMS_OF_BE.has(lowers[at] as string)) return false;
  if (itemAt(tags, at + 1) === "EX" || (itemAt(tags, at + 2) === "EX" && itemAt(tags, at + 1) === "RB"))
    return true;
  let before = at - 1;
  while (before >= 0 && before > at - 5 && /^(?:RB|MD|VB|VBZ|VBP|VBD|TO|VBN)$/.test(tags[before] as string))
    before -= 1;
  return itemAt(tags, before) === "EX" && /^(?:be|been|is|are|was|were|'s|'re|s)$/.test(lowers[at] as string);
}

/**
 * Returns whether a demonstrative can be the determiner of what follows: a noun, perhaps after adverbs and adjectives.
 * In "this short, it looks good" and "you find these helpful in winter" no noun follows the adjective.
 */
function opensNounPhrase({ lowers, tags }: TaggedSentence, at: number): boolean {
  let next = at + 1;
  while (next < tags.length && /^(?:RB|RBR|RBS)$/.test(tags[next] as string) && next < at + 3) next += 1;
  const tag = itemAt(tags, next);
  if (POSSESSIVE_PRONOUN.test(itemAt(lowers, next))) return false;
  if (/^JJ/.test(tag) && !continuesAfterAdjective(tags, next)) return false;
  if (next > at + 1) return /^(?:JJ|VBN|VBG|NN)/.test(tag) && itemAt(lowers, at + 1) !== "much";
  return /^(?:JJ|NN|CD|VBN|VBG|FW|``|''|\$|UH|HYPH|ADD|PDT|RB)/.test(tag);
}

function continuesAfterAdjective(tags: readonly string[], at: number): boolean {
  let next = at + 1;
  while (/^JJ/.test(itemAt(tags, next))) next += 1;
  const [after, second] = [itemAt(tags, next), itemAt(tags, next + 1)];
  if (after === ",") return /^(?:JJ|RB|VBN|VBG|NN)/.test(second);
  return !/^(?:[.:]|IN|TO|MD|PRP|DT|)$/.test(after);
}

/** Returns whether a form of "do" stands for a verb that is left out, is negated, or opens a question. */
function isAuxiliaryDo({ lowers, tags }: TaggedSentence, at: number): boolean {
  const [before, next] = [itemAt(tags, at - 1), itemAt(tags, at + 1)];
  if (/^(?:n't|nt|nae|not)$/.test(itemAt(lowers, at + 1))) return true;
  if (before === "") return /^(?:PRP|DT|PRP\$|NN|NNP|EX)/.test(next) && lowers[at] !== "do";
  if (next === "PRP") return /^(?:,|W.*|RB|CC|UH)$/.test(before) || itemAt(lowers, at + 1) === "i";
  return /^(?:[.,]|)$/.test(next) && /^(?:PRP|NN.*)$/.test(before);
}

/** When a word has a flag although the classifier gives it none. */
export interface FlagRule {
  readonly flag: string;
  /** Returns whether the word at a position has the flag. */
  readonly test: (sentence: TaggedSentence, at: number) => boolean;
}

const auxiliaryIf = (test: FlagRule["test"]): FlagRule => ({ flag: "A", test });

/** Returns whether "s", "m" or "re" is a verb that lost its apostrophe. */
const isShortVerb = (sentence: TaggedSentence, at: number): boolean =>
  (sentence.tags[at] as string).startsWith("VB") && !isExistential(sentence, at);

const becauseMarker: FlagRule = {
  flag: "M",
  test: ({ lowers, tags }, at) => tags[at] === "IN" && itemAt(lowers, at + 1) !== "of",
};

const FLAG_RULES: ReadonlyMap<string, FlagRule> = new Map([
  ["'s", auxiliaryIf(isHave)],
  ["s", auxiliaryIf((sentence, at) => isHave(sentence, at) || isShortVerb(sentence, at))],
  ["m", auxiliaryIf(isShortVerb)],
  ["re", auxiliaryIf(isShortVerb)],
  ["do", auxiliaryIf(isAuxiliaryDo)],
  ["does", auxiliaryIf(isAuxiliaryDo)],
  ["did", auxiliaryIf(isAuxiliaryDo)],
  ["had", auxiliaryIf(({ lowers }, at) => itemAt(lowers, at + 1) === "better")],
  ...Array.from(SPELT_BECAUSE, (lower): [string, FlagRule] => [lower, becauseMarker]),
]);

/** Returns the rule for the flag of a word in lower case. Few words have one. */
export const flagRule = (lower: string): FlagRule | undefined => FLAG_RULES.get(lower);

/** Returns the flag of the classifier if the neighbours of the word allow it. */
export function correctFlag(sentence: TaggedSentence, at: number, flag: string): string {
  const { lowers, tags } = sentence;
  if (flag === "A" && isExistential(sentence, at)) return isHave(sentence, at) ? "A" : "";
  if (flag === "A" && GET.test(lowers[at] as string) && itemAt(lowers, at + 1) === "used") return "";
  // A relative pronoun opens a clause, but it is no marker.
  if (flag === "M" && tags[at] === "WDT") return "";
  if (flag === "D" && !opensNounPhrase(sentence, at)) return "";
  return flag;
}

/** Returns whether "'s" is the verb "have", as in "he's got a car" and "she's seen it". */
export function isHave({ lowers, tags }: TaggedSentence, at: number): boolean {
  if (tags[at] !== "VBZ" || !/^'?s$/.test(lowers[at] as string)) return false;
  const next = nextPosition(tags, at);
  if (/^(?:been|got|gotten|had|become)$/.test(itemAt(lowers, next))) return true;
  return (
    itemAt(tags, next) === "VBN" &&
    (/^(?:PRP|DT|PRP\$)$/.test(itemAt(tags, next + 1)) || isNoun(itemAt(tags, next + 1)))
  );
}
