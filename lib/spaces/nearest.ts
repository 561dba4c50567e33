import type { WordVectors } from "./vectors.ts";

export interface Neighbour {
  readonly word: string;
  /** Cosine, -1 to 1. */
  readonly similarity: number;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] as number) * (b[index] as number);
  return sum;
}

function takeLargest<T>(items: readonly T[], count: number, size: (item: T) => number): T[] {
  return items.toSorted((a, b) => size(b) - size(a)).slice(0, count);
}

/** The words nearest to a word by cosine, the word itself left out; none when it is unknown or has a zero vector. */
export function neighbours(space: WordVectors, word: string, count: number): Neighbour[] {
  const row = space.row(word);
  if (row < 0) return [];
  const centre = space.vector(row);
  const norm = Math.sqrt(dot(centre, centre));
  if (norm === 0) return [];
  const all: Neighbour[] = [];
  space.words.forEach((other, otherRow) => {
    const vector = space.vector(otherRow);
    const size = norm * Math.sqrt(dot(vector, vector));
    if (otherRow !== row && size > 0) all.push({ word: other, similarity: dot(centre, vector) / size });
  });
  return takeLargest(all, count, (neighbour) => neighbour.similarity);
}

/** Share of a topic in a word from which on the topic counts as the word's own. */
const MAIN_TOPIC_SHARE = 0.5;

/** The most frequent words of each topic of an LDA space that are mostly about it; words are stored most frequent first. */
export function topicWords(space: WordVectors, count: number): string[][] {
  const topics: string[][] = Array.from({ length: space.dimensions }, () => []);
  space.words.forEach((word, row) => {
    const topic = space.vector(row).findIndex((share) => share > MAIN_TOPIC_SHARE);
    if (topic >= 0) topics[topic]?.push(word);
  });
  return topics.map((words) => words.slice(0, count));
}
