import { WordVectors } from "../../lib/spaces/vectors.ts";

/** Returns a space of three words in two dimensions. */
export const tinySpace = (kind: "lsa" | "lda" | "word2vec" = "lsa"): WordVectors =>
  new WordVectors(kind, 2, ["tea", "kettle", "naïve"], Float32Array.from([1, 0.5, 0.25, -2, 0, 0]));

/** Returns 80 documents on two topics that share only the word "and". Every word occurs often. */
export function topicDocuments(): string[][] {
  const topics = [
    ["kettle", "tea", "cup", "milk", "sugar", "spoon"],
    ["engine", "wheel", "road", "brake", "fuel", "seat"],
  ];
  return Array.from({ length: 80 }, (_, d) =>
    Array.from({ length: 24 }, (_, i) =>
      i % 4 === 3 ? "and" : ((topics[d % 2] as string[])[(d * 5 + i * (1 + (d % 5))) % 6] as string),
    ),
  );
}
