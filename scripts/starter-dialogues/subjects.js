// Reads the subjects of the starter dialogues from subjects/*.txt.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const folder = path.join(import.meta.dirname, "subjects");

/** Names of the fields in a line, which `|` separates. Lists are separated by commas. */
const FIELDS = {
  act: ["base", "past", "reason", "question", "answer"],
  problem: ["problem", "cause", "fix", "fixed"],
  praise: ["praise", "complaint"],
  choice: ["x", "whyX", "y", "whyY"],
};
const LISTS = ["things", "places", "people", "events"];

/** Splits text into its words in lower case. */
export const wordsOf = (text) => text.toLowerCase().match(/[a-z]+(?:'[a-z]+)*/g) ?? [];

function parseLine(line) {
  const [, key, rest] = /^(\w+): (.*)$/.exec(line) ?? [];
  if (LISTS.includes(key)) return [key, rest.split(", ")];
  const values = rest?.split(" | ");
  const names = FIELDS[key];
  if (names === undefined || values.length !== names.length) throw new Error(`unreadable line: ${line}`);
  return [key, Object.fromEntries(names.map((name, at) => [name, values[at]]))];
}

/**
 * Parses one subject. Things can be lent. Places follow "at" and "to". An act is something that people do: its base form and its
 * past tense, a reason to do it, and a question about it with the answer.
 */
function parseSubject(block) {
  const [name, ...lines] = block.trim().split("\n");
  const subject = { name, act: [], problem: [], praise: [], choice: [] };
  for (const [key, value] of lines.map(parseLine)) {
    if (LISTS.includes(key)) subject[key] = value;
    else subject[key].push(value);
  }
  return subject;
}

/** Returns all subjects, sorted by file and in the order of the files. */
export function readSubjects() {
  return readdirSync(folder)
    .sort()
    .flatMap((file) => readFileSync(path.join(folder, file), "utf8").split(/^# /m).slice(1))
    .map(parseSubject);
}

/** Returns all texts of a subject. */
const textsOf = ({ things, places, people, events, act, problem, praise, choice }) => [
  ...[things, places, people, events].flat(),
  ...[act, problem, praise, choice].flat().flatMap((entry) => Object.values(entry)),
];

/** A word belongs to a subject if more than this share of its occurrences is there. */
const OWN_SHARE = 0.5;

/**
 * Returns the words that tell of a subject, each with the subject's name: those that occur mostly in the texts of one subject.
 * @param common words of the templates, which belong to no subject
 */
export function subjectWords(subjects, common) {
  const counts = new Map();
  for (const subject of subjects) {
    for (const word of textsOf(subject).flatMap(wordsOf)) {
      if (common.has(word)) continue;
      const bySubject = counts.get(word) ?? new Map();
      counts.set(word, bySubject.set(subject.name, (bySubject.get(subject.name) ?? 0) + 1));
    }
  }
  const owners = new Map();
  for (const [word, bySubject] of counts) {
    const total = [...bySubject.values()].reduce((sum, count) => sum + count, 0);
    const [name, most] = [...bySubject].sort((a, b) => b[1] - a[1])[0];
    if (most > OWN_SHARE * total) owners.set(word, name);
  }
  return owners;
}

/**
 * Returns the subject of a turn: the one with the most words in it, counted once each; the first of several. Undefined for a
 * turn that tells of none.
 * @param owners result of {@link subjectWords}
 */
export function subjectOf(text, owners) {
  const counts = new Map();
  for (const word of new Set(wordsOf(text))) {
    const name = owners.get(word);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
