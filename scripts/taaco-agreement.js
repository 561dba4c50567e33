// Writes docs/taaco-agreement.md: the correlation of each index in faithful mode with the values of the official program.
//
//   node scripts/taaco-agreement.js NAME TEXTS RESULTS.csv [NAME TEXTS RESULTS.csv ...]
//
// TEXTS is a folder of .txt files, RESULTS.csv what the official program wrote for it. Its folder RESULTS_diagnostic beside that
// file holds the tagged texts, from which the indices are computed a second time without our language analysis.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { Taaco } from "../dist/index.js";
import { TEXT_FAMILIES } from "../dist/taaco/catalogue.js";
import { withGeneratedBlock } from "./generated-block.js";
import { correlation } from "./sampling.js";

const page = path.resolve(import.meta.dirname, "../docs/taaco-agreement.md");

const FLAGS = {
  ...{ CW: "C", FW: "F", NOUN: "N", VERB: "V", ADJ: "J", ADV: "R" },
  ...{ PRONOUN: "P", ARGUMENT: "G", aux_or_cop: "A", SUBORDINATOR: "M" },
};
const DEMONSTRATIVES = new Set(["this", "that", "these", "those"]);

/** Converts a line of a tagged text of the official program to an annotated token. */
function toToken(line) {
  const [form, lemma, tag, ...classes] = line.split("\t");
  const flags = classes.map((name) => FLAGS[name] ?? "").join("");
  return [form, lemma, tag, DEMONSTRATIVES.has(form) && !flags.includes("P") ? `${flags}D` : flags];
}

/** Reads a tagged text of the official program. */
function readTagged(file) {
  const paragraphs = [];
  let sentences = [];
  let tokens = [];
  for (const line of readFileSync(file, "utf8").split("\n").slice(1)) {
    if (line === "sentence break") {
      sentences.push(tokens);
      tokens = [];
    } else if (line === "paragraph break") {
      paragraphs.push(sentences);
      sentences = [];
    } else if (line.includes("\t")) {
      tokens.push(toToken(line));
    }
  }
  return { paragraphs };
}

/** Returns the correlations of a corpus by index: with tagged texts, and with plain texts. */
function measure(taaco, texts, results) {
  const rows = parse(readFileSync(results, "utf8"), { columns: true });
  const tagged = results.replace(/\.csv$/, "_diagnostic");
  const pairs = new Map();
  for (const { Filename: name, ...official } of rows) {
    const raw = taaco.indices(readFileSync(path.join(texts, name), "utf8"));
    const annotated = taaco.indices(readTagged(path.join(tagged, name.replace(/\.txt$/, "_diagnostic.txt"))));
    for (const [index, value] of Object.entries(official)) {
      const found = pairs.get(index) ?? { annotated: [], raw: [] };
      found.annotated.push([annotated[index] ?? 0, Number(value)]);
      found.raw.push([raw[index] ?? 0, Number(value)]);
      pairs.set(index, found);
    }
  }
  const values = [...pairs].map(([index, { annotated, raw }]) => [
    index,
    [correlation(annotated), correlation(raw)],
  ]);
  return { texts: rows.length, byIndex: new Map(values) };
}

const show = (value) =>
  Number.isNaN(value) ? "–" : value.toFixed(value > 0.9995 && value < 1 - 1e-9 ? 4 : 3);

function familyTable({ title, entries }, corpora) {
  const names = entries
    .map(({ name }) => name)
    .filter((name) => corpora.some(({ byIndex }) => byIndex.has(name)));
  if (names.length === 0) return [];
  const rows = names.map((name) => {
    const cells = corpora.flatMap(({ byIndex }) => (byIndex.get(name) ?? [Number.NaN, Number.NaN]).map(show));
    return `| \`${name}\` | ${cells.join(" | ")} |`;
  });
  const head = corpora.flatMap(({ name }) => [`${name}, annotated`, `${name}, raw`]);
  return [
    `### ${title}`,
    "",
    `| index | ${head.join(" | ")} |`,
    `|---${"|---:".repeat(head.length)}|`,
    ...rows,
    "",
  ];
}

/** Returns the median and the lowest of the correlations of a family, for each column. */
function summaryRow({ title, entries }, corpora) {
  const columns = corpora.flatMap(({ byIndex }) =>
    [0, 1].map((at) =>
      entries
        .map(({ name }) => byIndex.get(name)?.[at] ?? Number.NaN)
        .filter((value) => !Number.isNaN(value)),
    ),
  );
  if (columns.every((values) => values.length === 0)) return [];
  const cells = columns.map((values) => {
    const sorted = values.toSorted((a, b) => a - b);
    return `${show(sorted[Math.floor(sorted.length / 2)])} (${show(sorted[0])})`;
  });
  return [`| ${title} | ${cells.join(" | ")} |`];
}

const given = process.argv.slice(2);
if (given.length === 0 || given.length % 3 !== 0) {
  console.error("usage: node scripts/taaco-agreement.js NAME TEXTS RESULTS.csv [NAME TEXTS RESULTS.csv ...]");
  process.exit(2);
}
const taaco = await Taaco.create({ mode: "faithful" });
const corpora = [];
for (let at = 0; at < given.length; at += 3) {
  const [name, texts, results] = given.slice(at, at + 3);
  corpora.push({ name, ...measure(taaco, texts, results) });
}
const head = corpora.flatMap(({ name, texts }) => [`${name} (${texts}), annotated`, `${name}, raw`]);
const text = [
  "## Families",
  "",
  "The median correlation of the indices in a family, with the lowest in parentheses.",
  "",
  `| family | ${head.join(" | ")} |`,
  `|---${"|---:".repeat(head.length)}|`,
  ...TEXT_FAMILIES.flatMap((family) => summaryRow(family, corpora)),
  "",
  "## Indices",
  "",
  ...TEXT_FAMILIES.flatMap((family) => familyTable(family, corpora)),
];
writeFileSync(page, withGeneratedBlock(readFileSync(page, "utf8"), text.join("\n").trimEnd()));
console.log(`wrote ${path.relative(process.cwd(), page)}`);
