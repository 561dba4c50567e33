import { readFileSync } from "node:fs";
import { sfc32 } from "../../dist/random.js";

/** Tags of spaCy that the analyser does not tell apart from others. */
const MERGED = { AFX: "XX", LS: "CD" };

/** Reads the texts that annotate.py has written. A token has a form, a tag, flags, and whether it begins a sentence. */
export function readAnnotated(file) {
  return readFileSync(file, "utf8")
    .split("\n\n")
    .map((block) => block.split("\n").filter((line) => line !== "" && !/^#[a-z-]+$/.test(line)))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map(readToken));
}

function readToken(line) {
  const [form, tag, flags, [begins, spaced]] = line.split("\t");
  return { form, tag: MERGED[tag] ?? tag, flags, begins: begins === "1", spaceAfter: spaced === "1" };
}

/** Returns the sentences of a text. */
export function sentencesOf(tokens) {
  const sentences = [];
  for (const token of tokens) {
    if (token.begins || sentences.length === 0) sentences.push([]);
    sentences.at(-1).push(token);
  }
  return sentences;
}

/** Divides a list: every so many items are held out. */
export function holdOut(items, every) {
  const isHeldOut = (_, place) => place % every === 0;
  return { training: items.filter((...at) => !isHeldOut(...at)), heldOut: items.filter(isHeldOut) };
}

/** Shuffles a list in place. */
export function shuffle(items, random) {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
}

/** Clitics that are often written without their apostrophe. */
const CLITICS = new Set(["n't", "'s", "'m", "'re", "'ve", "'ll"]);

/** Returns the forms of tokens, in which the share of the clitics has lost the apostrophe. */
export function withoutApostrophes(forms, share, random) {
  return forms.map((form) => (CLITICS.has(form) && random() < share ? form.replace("'", "") : form));
}

export const randomOf = (seed) => sfc32(seed);
