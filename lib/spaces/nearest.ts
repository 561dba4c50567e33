import type { WordVectors } from "./vectors.ts";

/** A word that is similar to another word. */
export interface Neighbour {
  /** The similar word. */
  readonly word: string;
  /** Cosine of the two vectors, -1 to 1. */
  readonly similarity: number;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] as number) * (b[index] as number);
  return sum;
}

/** Returns the `count` items of the largest size, in descending order. */
function takeLargest<T>(items: readonly T[], count: number, size: (item: T) => number): T[] {
  return items.toSorted((a, b) => size(b) - size(a)).slice(0, count);
}

/**
 * Returns the `count` words with the highest cosine to a word, the nearest first and without the word itself. The list
 * is empty when the space does not have the word or its vector is zero.
 */
export function neighbours(space: WordVectors, word: string, count: number): Neighbour[] {
  const row = space.row(word);
  if (row < 0) return [];
  const target = space.vector(row);
  const norm = Math.sqrt(dot(target, target));
  if (norm === 0) return [];
  const all: Neighbour[] = [];
  space.words.forEach((other, otherRow) => {
    const vector = space.vector(otherRow);
    const size = norm * Math.sqrt(dot(vector, vector));
    if (otherRow !== row && size > 0) all.push({ word: other, similarity: dot(target, vector) / size });
  });
  return takeLargest(all, count, (neighbour) => neighbour.similarity);
}

/** A word belongs to a topic when the topic's share in the word is above this value. */
const MAIN_TOPIC_SHARE = 0.5;

/**
 * Returns the `count` most frequent words of each topic of an LDA space. A word belongs to the topic whose share in the
 * word is more than half. The words of a space are in order of frequency, the most frequent first.
 */
export function topicWords(space: WordVectors, count: number): string[][] {
  const topics: string[][] = Array.from({ length: space.dimensions }, () => []);
  space.words.forEach((word, row) => {
    const topic = space.vector(row).findIndex((share) => share > MAIN_TOPIC_SHARE);
    if (topic >= 0) topics[topic]?.push(word);
  });
  return topics.map((words) => words.slice(0, count));
}
