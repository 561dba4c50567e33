import { DialoguePpoError } from "../errors.ts";
import { isRecord } from "../values.ts";
import { SPACE_KINDS, type TaacoInput, type VectorSpace } from "./types.ts";

const isTurn = (turn: unknown): boolean =>
  isRecord(turn) && typeof turn.speaker === "string" && typeof turn.text === "string";

const isToken = (token: unknown): boolean =>
  Array.isArray(token) && token.length >= 4 && token.slice(0, 4).every((part) => typeof part === "string");

const isSentence = (sentence: unknown): boolean => Array.isArray(sentence) && sentence.every(isToken);

const isParagraph = (paragraph: unknown): boolean => Array.isArray(paragraph) && paragraph.every(isSentence);

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
  return at < 0
    ? undefined
    : `paragraph ${at}: expected a list of sentences, each a list of tokens [form, lemma, tag, flags]`;
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
  space.values instanceof Float32Array;

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
