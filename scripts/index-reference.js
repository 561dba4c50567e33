// Writes docs/indices.md from the catalogue of indices: `npm run docs:indices`.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = path.resolve(import.meta.dirname, "..");
export const pageFile = path.join(root, "docs/indices.md");

const SPACES = { lsa: "LSA space", lda: "LDA space", word2vec: "word2vec space" };
const TEXTS = { source: "source text", dialogue: "dialogue before the turn" };

/** Returns a description of the resources that an index needs besides the text. */
function needsText({ space, list, text }) {
  const needs = [text && TEXTS[text], space && SPACES[space], list].filter((need) => need !== undefined);
  return needs.length === 0 ? "–" : needs.join(", ");
}

function row({ name, meaning, formula, faithful, needs }) {
  const computed = faithful === undefined ? formula : `${formula}. Faithful: ${faithful}`;
  const cells = [`\`${name}\``, meaning, computed, needsText(needs)];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function section({ title, notation, entries }) {
  return [
    `### ${title} (${entries.length})`,
    "",
    notation,
    "",
    "| index | what it means | formula | needs |",
    "|---|---|---|---|",
    ...entries.map(row),
    "",
  ];
}

const countEntries = (groups) => groups.reduce((sum, { entries }) => sum + entries.length, 0);

function introduction(single, source, own) {
  return `# Every index, in one line each

<!-- Written by \`npm run docs:indices\` from the catalogue in lib/taaco/families. Change that, not this page. -->

TAACO 2.1.3 (Crossley, Kyle & McNamara 2016; Crossley, Kyle & Dascalu 2019) computes **${single} indices** of a single text. With a
source text, which the text summarises or answers, it adds ${source} indices that compare the two: **${single + source}** in all. Both have the
official names and the official order here. This package adds **${own} measures of its own**. Their names begin with \`dppo_\`. They
have tables of their own, because no published study of TAACO uses them.

\`dialogue-ppo score\` writes the official indices. \`evaluate\` and the report show the ${single} and our own. A [score preset](reward.md)
may name any of the ${single} and, if it scores a turn, the \`dppo_turn_*\` measures. [taaco.md](taaco.md) explains how to run the analysis,
[taaco-analysis.md](taaco-analysis.md) explains how words and classes are found, and [spaces.md](spaces.md) explains where semantic
spaces come from.

## How to read the tables

- *Words* are the tokens that the analysis keeps: every token with a letter or digit. Faithful mode also keeps quotation marks and hyphens.
- *Lemmas* are dictionary forms in lower case. *Types* are different lemmas, and *tokens* are all occurrences.
- *Segments* are sentences (\`_sent\`) or paragraphs (\`_para\`). Each line of a plain text is a paragraph, and so is each turn of a dialogue.
- *Content words* are nouns, adjectives, main verbs, and the adverbs that are formed from adjectives. All other words are *function words*.
  In faithful mode, a list makes further adverbs content words, including *not*, *so* and *just*.
- *Main verbs* are verbs without auxiliaries, modals and the copula *be*.
- *Pronouns* are personal and possessive pronouns, and *this*, *that*, *these* and *those* where they stand alone. *Nouns and personal
  pronouns* (\`argument\`) include possessive pronouns but not these four.
- *Corrected* is the default mode. *Faithful* keeps the quirks of the official program, for comparison with published values. The tables give
  the corrected formula; "Faithful:" marks the indices with a different formula in faithful mode. The smaller differences are listed in
  [taaco.md](taaco.md#corrected-or-faithful).
- A value is empty if there is nothing to measure, for example the type-token ratio of adjectives in a text without adjectives, the overlap of a single
  sentence, an index whose space or list is absent, or any index of a text of at most one word. Faithful mode has 0 in the first two cases.
- *Needs* names what an index needs besides the text. A semantic space comes with the starter set or from \`--spaces\`. Word lists
  are files in \`data/lists\`, which belong to the package. You only have to supply the reference frequencies, with \`--frequencies\` or
  \`--taaco-lists\`.
`;
}

/**
 * Returns the text of docs/indices.md.
 * @param {{ TEXT_FAMILIES: readonly object[], SOURCE_FAMILY: object, OWN_GROUPS: readonly object[] }} catalogue
 */
export function indexPage({ TEXT_FAMILIES, SOURCE_FAMILY, OWN_GROUPS }) {
  const [single, source, own] = [TEXT_FAMILIES, [SOURCE_FAMILY], OWN_GROUPS].map(countEntries);
  return [
    introduction(single, source, own),
    `## The ${single} indices of a single text`,
    "",
    ...TEXT_FAMILIES.flatMap(section),
    `## The ${source} indices that compare a text with its source`,
    "",
    ...section(SOURCE_FAMILY),
    `## The ${own} measures of our own`,
    "",
    ...OWN_GROUPS.flatMap(section),
  ]
    .join("\n")
    .replace(/\n+$/, "\n");
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const catalogue = await import(pathToFileURL(path.join(root, "dist/taaco/catalogue.js")).href);
  writeFileSync(pageFile, indexPage(catalogue));
  console.error(`wrote ${path.relative(process.cwd(), pageFile)}`);
}
