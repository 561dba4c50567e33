import { formatCount, formatInteger } from "../../format.ts";
import type { SpaceInfo, SpacesInfo } from "../../spaces/info.ts";

const LABELS: Readonly<Record<string, string>> = {
  data: "learned from",
  corpusHash: "sha256 of the lemmas",
  documents: "dialogues",
  lemmas: "lemmas in them",
  indexMode: "index mode",
  minCount: "least occurrences",
  seed: "seed",
  evalFraction: "share held out",
  key: "key in the cache",
};

const formatValue = (value: unknown): string =>
  typeof value === "number" ? formatInteger(value) : String(value);

function spaceLines({ kind, dimensions, words, neighbours, topics }: SpaceInfo): string[] {
  const head = `${kind}: ${formatCount(words, "word")}, ${formatCount(dimensions, kind === "lda" ? "topic" : "dimension")}`;
  if (neighbours === null) return [head, "  does not have the word"];
  const neighbourLines =
    neighbours?.map(({ word, similarity }) => `  ${similarity.toFixed(3)}  ${word}`) ?? [];
  const topicLines = topics === undefined ? [] : describeTopics(topics);
  return [head, ...(neighbours ? ["  cosine  lemma"] : []), ...neighbourLines, ...topicLines];
}

/** Returns a line for each topic with words, and one for all topics without. */
function describeTopics(topics: readonly (readonly string[])[]): string[] {
  const lines = topics.flatMap((words, topic) =>
    words.length === 0 ? [] : [`  topic ${topic + 1}: ${words.join(" ")}`],
  );
  const empty = topics.length - lines.length;
  const verb = empty === 1 ? "has" : "have";
  return empty === 0
    ? lines
    : [
        ...lines,
        `  ${formatCount(empty, "topic")} of ${topics.length} ${verb} no word: learn fewer with --topics`,
      ];
}

/** Formats the contents of a folder of spaces for the terminal. */
export function infoText({ origin, spaces }: SpacesInfo): string {
  const originLines = Object.entries(origin).map(
    ([name, value]) => `${(LABELS[name] ?? name).padEnd(22)} ${formatValue(value)}`,
  );
  return [...originLines, ...(originLines.length > 0 ? [""] : []), ...spaces.flatMap(spaceLines)].join("\n");
}
