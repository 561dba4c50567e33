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

function largest<T>(items: readonly T[], count: number, size: (item: T) => number): T[] {
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
  return largest(all, count, (neighbour) => neighbour.similarity);
}

/**
 * The words that mark each topic of an LDA space: largest share of the topic in the word. Words are stored most frequent
 * first, so that of equal shares the more frequent word comes first.
 */
export function topicWords(space: WordVectors, count: number): string[][] {
  const rows = space.words.map((_, row) => row);
  return Array.from({ length: space.dimensions }, (_, topic) =>
    largest(rows, count, (row) => space.values[row * space.dimensions + topic] as number).map(
      (row) => space.words[row] as string,
    ),
  );
}
