import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import type { AnnotatedText, AnnotatedToken } from "../taaco/types.ts";

type Format = "jsonl" | "conllu";

/**
 * Returns the format of a file of tagged texts by its name.
 * @throws DialoguePpoError ERR_CONFIG for another ending than .jsonl or .conllu
 */
export function taggedFormat(file: string): Format {
  const extension = path.extname(file).slice(1);
  if (extension === "jsonl" || extension === "conllu") return extension;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `--tagged ${file}: expected a name that ends in .conllu, or in .jsonl for one text per line, which score reads again`,
  );
}

/** The universal part of speech of each Penn tag, where the tag alone decides it. */
const UNIVERSAL_TAGS: Readonly<Record<string, string>> = {
  ...{ NN: "NOUN", NNS: "NOUN", NNP: "PROPN", NNPS: "PROPN" },
  ...{ JJ: "ADJ", JJR: "ADJ", JJS: "ADJ", AFX: "ADJ" },
  ...{ RB: "ADV", RBR: "ADV", RBS: "ADV", WRB: "ADV" },
  ...{ VB: "VERB", VBD: "VERB", VBG: "VERB", VBN: "VERB", VBP: "VERB", VBZ: "VERB", MD: "AUX" },
  ...{ PRP: "PRON", WP: "PRON", EX: "PRON", PRP$: "PRON", WP$: "PRON" },
  ...{ DT: "DET", PDT: "DET", WDT: "DET" },
  ...{ CC: "CCONJ", IN: "ADP", RP: "ADP", TO: "PART", POS: "PART", CD: "NUM", UH: "INTJ" },
  ...{
    ".": "PUNCT",
    ",": "PUNCT",
    ":": "PUNCT",
    "-LRB-": "PUNCT",
    "-RRB-": "PUNCT",
    "``": "PUNCT",
    "''": "PUNCT",
  },
  ...{ HYPH: "PUNCT", NFP: "PUNCT", SYM: "SYM", $: "SYM", "#": "SYM" },
};

function universalTag([, , tag, flags]: AnnotatedToken): string {
  const universal = UNIVERSAL_TAGS[tag] ?? "X";
  if (universal === "VERB" && flags.includes("A")) return "AUX";
  if (tag === "IN" && flags.includes("M")) return "SCONJ";
  return tag === "DT" && flags.includes("P") ? "PRON" : universal;
}

/** Names of the flags, which are the labels of the official tool's tagged files where it has one. */
const CLASS_NAMES: readonly (readonly [flag: string, name: string])[] = [
  ["C", "CW"],
  ["F", "FW"],
  ["N", "NOUN"],
  ["V", "VERB"],
  ["J", "ADJ"],
  ["R", "ADV"],
  ["P", "PRONOUN"],
  ["G", "ARGUMENT"],
  ["A", "AUX"],
  ["M", "SUBORDINATOR"],
  ["D", "ATTENDED"],
];

/** Returns a field of CoNLL-U, which holds no tabs and line ends and is not empty. */
const field = (text: string): string => text.replace(/[\t\n\r\u2028\u2029]+/g, " ") || "_";

function conlluToken(token: AnnotatedToken, number: number): string {
  const [form, lemma, tag, flags] = token;
  const names = CLASS_NAMES.filter(([flag]) => flags.includes(flag)).map(([, name]) => name);
  const classes = names.length === 0 ? "_" : `TaacoClass=${names.join(",")}`;
  return [
    number,
    field(form),
    field(lemma),
    universalTag(token),
    field(tag),
    "_",
    "_",
    "_",
    "_",
    classes,
  ].join("\t");
}

function conlluText(id: string, text: AnnotatedText): string {
  const name = field(id);
  let number = 0;
  const paragraphs = text.map((paragraph, at) => {
    const sentences = paragraph
      .filter((sentence) => sentence.length > 0)
      .map((sentence, index) => {
        number += 1;
        const head = index === 0 ? [`# newpar id = ${name}-p${at + 1}`] : [];
        const words = sentence.map(([form]) => field(form)).join(" ");
        const comments = [...head, `# sent_id = ${name}-${number}`, `# text = ${words}`];
        return [...comments, ...sentence.map((token, of) => conlluToken(token, of + 1)), "", ""].join("\n");
      });
    return sentences.join("");
  });
  const body = paragraphs.join("");
  return body === "" ? "" : `# newdoc id = ${name}\n${body}`;
}

/**
 * Formats a tagged text as a line of JSON, which `score` reads as an annotated text, or as CoNLL-U.
 * @param text the analysis, with all word classes in its flags
 */
export function formatTagged(format: Format, id: string, text: AnnotatedText): string {
  return format === "jsonl" ? `${JSON.stringify({ id, paragraphs: text })}\n` : conlluText(id, text);
}
