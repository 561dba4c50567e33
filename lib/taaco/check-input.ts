import { types } from "node:util";
import { checkNames } from "../arguments.ts";
import { DialoguePpoError } from "../errors.ts";
import { describeValue, isRecord } from "../values.ts";
import { type AnnotatedToken, SPACE_KINDS, type TaacoInput, type Tagger, type VectorSpace } from "./types.ts";

const isTurn = (turn: unknown): boolean =>
  isRecord(turn) && typeof turn.speaker === "string" && typeof turn.text === "string";

/** Letters of the flags of a token. */
const FLAGS = /^[CFNVJRPGAMD]*$/;
/** Universal tags that are no Penn tags. As such they would make every token a word of no class. */
const UNIVERSAL_TAGS = new Set(
  "ADJ ADP ADV AUX CCONJ CONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ VERB".split(" "),
);

function isToken(token: unknown): token is AnnotatedToken {
  if (!Array.isArray(token) || token.length < 4) return false;
  const [form, lemma, tag, flags] = token;
  const areTexts = typeof form === "string" && typeof lemma === "string";
  return (
    areTexts &&
    typeof tag === "string" &&
    !UNIVERSAL_TAGS.has(tag) &&
    typeof flags === "string" &&
    FLAGS.test(flags)
  );
}

const isSentence = (sentence: unknown): boolean => Array.isArray(sentence) && sentence.every(isToken);

const isParagraph = (paragraph: unknown): boolean => Array.isArray(paragraph) && paragraph.every(isSentence);

/** Describes the first token that is none, or what stands in the place of a list. */
function describeParagraph(paragraph: unknown): string {
  const sentences = Array.isArray(paragraph) ? paragraph : [];
  const at = sentences.findIndex((sentence) => !isSentence(sentence));
  const sentence: unknown = sentences[at];
  if (at < 0) return `got ${describeValue(paragraph)}`;
  if (!Array.isArray(sentence)) return `sentence ${at} is ${describeValue(sentence)}`;
  const place = sentence.findIndex((token) => !isToken(token));
  const token: unknown = sentence[place];
  const where = `sentence ${at}, token ${place}`;
  if (!Array.isArray(token)) return `${where} is ${describeValue(token)}`;
  const parts = Array.from(token.slice(0, 4), describeValue).join(", ");
  const [, , tag, flags] = token;
  if (UNIVERSAL_TAGS.has(tag))
    return `${where} is [${parts}], whose tag is a universal one; expected a Penn tag`;
  if (typeof flags === "string" && !FLAGS.test(flags)) {
    return `${where} is [${parts}], whose flags are not letters of CFNVJRPGAMD`;
  }
  return `${where} is [${parts}]`;
}

const SENTENCES = "expected a list of sentences, each a list of tokens [form, lemma, tag, flags]";

/** Returns a tagger of a program with a check of what it gives: a wrong token would give wrong indices or no values. */
export function checkedTagger(tagger: Tagger): Tagger {
  if (!isRecord(tagger) || typeof tagger.tag !== "function") {
    const expected = "an object with a name and the function tag";
    throw new DialoguePpoError("ERR_CONFIG", `Taaco.create: tagger: expected ${expected}`);
  }
  return {
    name: tagger.name,
    tag(paragraph) {
      const sentences = tagger.tag(paragraph);
      if (isParagraph(sentences)) return sentences;
      throw new DialoguePpoError("ERR_CONFIG", `the tagger: ${SENTENCES}; ${describeParagraph(sentences)}`);
    },
  };
}

/** Describes why an input is not a text; undefined when it is one. */
function describeProblem(input: unknown): string | undefined {
  if (typeof input === "string") return undefined;
  if (!isRecord(input) || (input.turns === undefined && input.paragraphs === undefined)) {
    return `expected a string, { turns } or { paragraphs }, got ${input === null ? "null" : typeof input}`;
  }
  const { turns, paragraphs } = input;
  if (turns !== undefined) {
    if (!Array.isArray(turns)) return "turns: expected a list";
    const at = turns.findIndex((turn) => !isTurn(turn));
    return at < 0 ? undefined : `turn ${at}: expected { speaker, text }, both strings`;
  }
  if (!Array.isArray(paragraphs)) return "paragraphs: expected a list";
  const at = paragraphs.findIndex((paragraph) => !isParagraph(paragraph));
  return at < 0 ? undefined : `paragraph ${at}: ${SENTENCES}; ${describeParagraph(paragraphs[at])}`;
}

/**
 * Checks a text that a program passes.
 *
 * @param where the call, for the message
 * @throws DialoguePpoError ERR_CONFIG
 */
export function checkInput(where: string, input: unknown): asserts input is TaacoInput {
  const problem = describeProblem(input);
  if (problem !== undefined) throw new DialoguePpoError("ERR_CONFIG", `${where}: ${problem}`);
}

const isSpace = (space: unknown): space is VectorSpace =>
  isRecord(space) &&
  SPACE_KINDS.some((kind) => kind === space.kind) &&
  Number.isInteger(space.dimensions) &&
  typeof space.row === "function" &&
  types.isFloat32Array(space.values);

/**
 * Checks the spaces that a program passes.
 * @throws DialoguePpoError ERR_CONFIG when one is no space, or when there are two of a kind
 */
export function checkSpaces(where: string, spaces: unknown): asserts spaces is readonly VectorSpace[] {
  if (!Array.isArray(spaces) || !spaces.every(isSpace)) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${where}: spaces: expected a list of spaces, as loadSpaces returns it`,
    );
  }
  const kinds = spaces.map(({ kind }) => kind);
  const twice = kinds.find((kind, at) => kinds.indexOf(kind) !== at);
  if (twice !== undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${where}: spaces: expected at most one of each kind, got two of ${twice}`,
    );
  }
}

/** @throws DialoguePpoError ERR_CONFIG when the names of indices are no list of strings */
export function checkIndexNames(where: string, names: unknown): asserts names is readonly string[] {
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return;
  throw new DialoguePpoError("ERR_CONFIG", `${where}: expected a list of names of indices`);
}

const LIST_NAMES = ["directory", "officialDirectory", "frequencyFile"];

/** @throws DialoguePpoError ERR_CONFIG when the places of word lists are not named as `ListOptions` names them */
export function checkListOptions(where: string, lists: object): void {
  checkNames(lists, LIST_NAMES, where);
  for (const [name, value] of Object.entries(lists)) {
    if (value === undefined || (typeof value === "string" && value !== "")) continue;
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${where}: ${name}: expected a path, got ${describeValue(value)}`,
    );
  }
}
