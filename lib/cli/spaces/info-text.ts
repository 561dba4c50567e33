import { formatCount } from "../../format.ts";
import type { SpaceInfo, SpacesInfo } from "../../spaces/info.ts";
import { thousands } from "../output.ts";

const LABELS: Readonly<Record<string, string>> = {
  data: "learnt from",
  corpusHash: "sha256 of the lemmas",
  documents: "dialogues",
  lemmas: "lemmas in them",
  indexMode: "index mode",
  minCount: "least occurrences",
  seed: "seed",
  evalFraction: "share held out",
  key: "key in the cache",
};

const shown = (value: unknown): string => (typeof value === "number" ? thousands(value) : String(value));

function lines({ kind, dimensions, words, neighbours: near, topics }: SpaceInfo): string[] {
  const head = `${kind}: ${formatCount(words, "word")}, ${formatCount(dimensions, kind === "lda" ? "topic" : "dimension")}`;
  if (near === null) return [head, "  does not have the word"];
  const listed = near?.map(({ word, similarity }) => `  ${similarity.toFixed(3)}  ${word}`) ?? [];
  const named = topics?.map((list, topic) => `  topic ${topic + 1}: ${list.join(" ")}`) ?? [];
  return [head, ...(near ? ["  cosine  lemma"] : []), ...listed, ...named];
}

/** Formats what a folder of spaces holds, for a person. */
export function infoText({ origin, spaces }: SpacesInfo): string {
  const told = Object.entries(origin).map(
    ([name, value]) => `${(LABELS[name] ?? name).padEnd(22)} ${shown(value)}`,
  );
  return [...told, ...(told.length > 0 ? [""] : []), ...spaces.flatMap(lines)].join("\n");
}
