import { hashText, mix } from "../../dist/taaco/analysis/features.js";

const total = (counts) => [...counts.values()].reduce((sum, count) => sum + count, 0);

/** Spelling by which words are known: lower case, at most 30 characters, digits as 0. */
export const spellingOf = (form) => form.slice(0, 30).toLowerCase().replace(/\d/g, "0");

/** Counts the tags of each word. */
export function countTags(sentences) {
  const words = new Map();
  for (const { form, tag } of sentences.flat()) {
    const word = spellingOf(form);
    if (!words.has(word)) words.set(word, new Map());
    const counts = words.get(word);
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return words;
}

const OPEN_CLASS = /^(?:NN|JJ|VB|CD|FW|XX)/;
const AUXILIARY = /^(?:is|are|was|were|has|does|'m|'re)$/;

/** Returns the tags of those frequent words of closed classes, adverbs and auxiliaries that practically always have the same tag. */
export function fixedTags(words) {
  const fixed = {};
  for (const [word, counts] of words) {
    const [tag, count] = [...counts].sort(([, a], [, b]) => b - a)[0];
    const all = total(counts);
    const isClosed = !OPEN_CLASS.test(tag) || AUXILIARY.test(word);
    if (isClosed && all >= 200 && count / all >= 0.995) fixed[word] = tag;
  }
  return fixed;
}

/** Returns the names of the usual tags of a word, at most three, the most frequent first. */
const usualTags = (counts, leastShare) =>
  [...counts]
    .filter(([, count]) => count > 1 && count / total(counts) >= leastShare)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([tag]) => tag);

/**
 * Numbers the sets of tags that words have. A word with at least three occurrences has the set of its usual tags. Other words
 * have the set of rare words with the same last three letters.
 *
 * @returns for the hash of a word or of an ending the number of its set
 */
export function tagSets(words) {
  const [byWord, byEnding] = [new Map(), new Map()];
  for (const [word, counts] of words) {
    const all = total(counts);
    if (all >= 3) byWord.set(word, usualTags(counts, 0.05));
    if (all > 6) continue;
    const ending = word.slice(-3);
    if (!byEnding.has(ending)) byEnding.set(ending, new Map());
    const counted = byEnding.get(ending);
    for (const [tag, count] of counts) counted.set(tag, (counted.get(tag) ?? 0) + count);
  }
  const frequencies = new Map();
  for (const tags of byWord.values()) frequencies.set(`${tags}`, (frequencies.get(`${tags}`) ?? 0) + 1);
  const numbers = new Map();
  const numberOf = (prefix, tags) => {
    let length = tags.length;
    // A set that few words have is cut to its most frequent tags.
    while (length > 1 && (frequencies.get(`${tags.slice(0, length)}`) ?? 0) < 8) length -= 1;
    const name = prefix + tags.slice(0, length);
    // 0 stands for an unknown word and 1 for the edge of a sentence.
    if (!numbers.has(name)) numbers.set(name, numbers.size + 2);
    return numbers.get(name);
  };
  const sets = new Map();
  for (const [word, tags] of byWord) if (tags.length > 0) sets.set(hashText(word), numberOf("", tags));
  for (const [ending, counts] of byEnding) {
    const tags = total(counts) >= 5 ? usualTags(counts, 0.12) : [];
    if (tags.length > 0) sets.set(mix(3, hashText(ending)), numberOf("-", tags));
  }
  return sets;
}
