// Measures the language analysis on treebanks in the CoNLL-U format, from raw text:
//   npm run build && node scripts/measure-analyser.js en_ewt-ud-test.conllu ...
//   --tagged FILE   measures another tool instead: one JSON array a paragraph of its sentences, each a list of
//                   [form, lemma, tag, flags],
//                   as scripts/analyser/reference.py prints them
//   --paragraphs    prints the paragraphs for reference.py and measures nothing
//   --errors KIND   prints the errors of a kind: class, tag, lemma, marker, demonstrative, sentence or token
// The treebanks are not part of this package. Gold tokens are compared with tokens that cover the same characters.
import { readFileSync } from "node:fs";
import { readParagraphs } from "./analyser/treebank.js";
import { readArguments, refuseArguments } from "./arguments.js";

const USAGE =
  "node scripts/measure-analyser.js [--tagged FILE] [--paragraphs] [--errors KIND] TREEBANK.conllu ...";
const { values: options, positionals } = readArguments(USAGE, {
  allowPositionals: true,
  options: { tagged: { type: "string" }, errors: { type: "string" }, paragraphs: { type: "boolean" } },
});
if (positionals.length === 0) refuseArguments(USAGE, "expected at least one treebank");
const paragraphs = positionals.flatMap((file) => readParagraphs(readFileSync(file, "utf8")));
if (options.paragraphs) {
  for (const { text } of paragraphs) console.log(JSON.stringify(text));
  process.exit();
}

const DEMONSTRATIVES = new Set(["this", "that", "these", "those"]);

/** Returns the word class of a Penn tag: noun, full verb, adjective, adverb, pronoun, auxiliary or other. */
function classOf(tag, auxiliary) {
  if (/^NNP?S?$/.test(tag)) return "noun";
  if (tag.startsWith("JJ")) return "adjective";
  if (/^RB[RS]?$/.test(tag)) return "adverb";
  if (tag === "PRP" || tag === "PRP$") return "pronoun";
  if (tag === "MD") return "auxiliary";
  if (tag.startsWith("VB")) return auxiliary ? "auxiliary" : "verb";
  return "other";
}

/** Returns tokens with their character offsets in the text without white space. */
async function analyse() {
  if (options.tagged) {
    const lines = readFileSync(options.tagged, "utf8").trimEnd().split("\n");
    return () => JSON.parse(lines.shift());
  }
  const { PerceptronTagger } = await import("../dist/taaco/analysis/tagger.js");
  const { OWN_LISTS } = await import("../dist/taaco/lists/load.js");
  const tagger = new PerceptronTagger(OWN_LISTS);
  return (text) => tagger.tag(text);
}

const scores = new Map();
const count = (name, right) => {
  const entry = scores.get(name) ?? [0, 0];
  entry[0] += right ? 1 : 0;
  entry[1] += 1;
  scores.set(name, entry);
};
const markers = { both: 0, gold: 0, found: 0 };
const ends = { both: 0, gold: 0, found: 0 };

function report(kind, text) {
  if (options.errors === kind) console.log(`${kind}: ${text}`);
}

/** Returns the found tokens by their span in the characters that are not white space, and the starts of sentences. */
function spansOf(sentences) {
  const spans = new Map();
  const starts = new Set();
  let at = 0;
  for (const sentence of sentences) {
    if (sentence.length > 0) starts.add(at);
    for (const token of sentence) {
      const end = at + [...token[0].replace(/\s/g, "")].length;
      spans.set(`${at}-${end}`, token);
      at = end;
    }
  }
  return { spans, starts };
}

function compare(gold, found, context) {
  const [, lemma = "", tag = "", flags = ""] = found ?? [];
  const lower = gold.form.toLowerCase();
  const goldClass = classOf(gold.tag, gold.auxiliary);
  const sameClass = found !== undefined && classOf(tag, flags.includes("A")) === goldClass;
  const shown = `${gold.form} ${gold.tag}${gold.auxiliary ? "/A" : ""} ${gold.lemma}, found ${found ? found.join(" ") : "other tokens"}: ${context}`;
  if (gold.punctuation) return;
  count("token", found !== undefined);
  count("class", sameClass);
  count("tag", tag === gold.tag);
  count("lemma", found !== undefined && lemma.toLowerCase() === gold.lemma.toLowerCase());
  if (!found) report("token", shown);
  if (!sameClass) report("class", shown);
  if (tag !== gold.tag) report("tag", shown);
  if (lemma.toLowerCase() !== gold.lemma.toLowerCase()) report("lemma", shown);
  const marked = flags.includes("M");
  if (marked) markers.found += 1;
  if (gold.marker) markers.gold += 1;
  if (marked && gold.marker) markers.both += 1;
  if (marked !== gold.marker) report("marker", `${marked ? "false" : "missed"} ${shown}`);
  if (!DEMONSTRATIVES.has(lower)) return;
  count("demonstrative", found !== undefined && flags.includes("D") === gold.attended);
  if (flags.includes("D") !== gold.attended) report("demonstrative", shown);
}

const tag = await analyse();
let milliseconds = 0;
for (const { text, sentences } of paragraphs) {
  const start = process.cpuUsage();
  const { spans, starts } = spansOf(tag(text));
  const used = process.cpuUsage(start);
  milliseconds += (used.user + used.system) / 1000;
  let at = 0;
  for (const { tokens, text: context } of sentences) {
    ends.gold += 1;
    if (starts.has(at)) ends.both += 1;
    else report("sentence", `missed ${context}`);
    for (const token of tokens) {
      const end = at + [...token.form.replace(/\s/g, "")].length;
      compare(token, spans.get(`${at}-${end}`), context);
      at = end;
    }
  }
  ends.found += starts.size;
}
const percent = (value) => `${(100 * value).toFixed(2)} %`;
const f1 = ({ both, gold, found }) => (2 * both) / (gold + found);
for (const [name, [right, all]] of scores) console.log(`${name}: ${percent(right / all)} of ${all}`);
console.log(
  `marker F1: ${percent(f1(markers))} (precision ${percent(markers.both / markers.found)}, recall ${percent(markers.both / markers.gold)}, ${markers.gold} markers)`,
);
console.log(`sentence starts F1: ${percent(f1(ends))}`);
const words = scores.get("token")[1];
console.log(`speed: ${Math.round(words / (milliseconds / 1000))} words per second of processor time`);
