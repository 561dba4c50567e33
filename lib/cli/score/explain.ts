import { DialoguePpoError } from "../../errors.ts";
import { nearestName } from "../../nearest-name.ts";
import { FAMILIES_BY_NAME, requiredSpaceKind } from "../../taaco/catalogue.ts";
import type { Evidence, Explanation } from "../../taaco/families/evidence.ts";
import { rowNames } from "../../taaco/pool/index-row.ts";

const formatValue = (value: number | null): string =>
  value === null ? "none" : String(Number(value.toPrecision(6)));

function evidenceLine(
  { unit }: Explanation,
  { segment, with: others, words, withWords, value }: Evidence,
): string {
  const sides = [words, ...(withWords === undefined ? [] : [withWords])]
    .map((side) => side.join(", "))
    .join(" | ");
  if (unit === "items") return `  ${formatValue(value)} x ${sides}`;
  if (unit === "texts") return `  text with source: ${formatValue(value)}  (${sides})`;
  if (unit === "matches") return `  sentence ${segment}: ${words.join(" ")}`;
  return `  ${unit.split(" ")[0]} ${segment} with ${others?.join(" and ")}: ${formatValue(value)}${sides === "" ? "" : `  (${sides})`}`;
}

/** Name of the composite among the indices. */
export const COMPOSITE = "composite";

const MAX_SUGGESTIONS = 4;

/** Suggests names for an unknown one: the nearest, or else those that contain all its parts, as for "overlap_all". */
function suggestNames(index: string): string {
  const known = [...rowNames(true), ...FAMILIES_BY_NAME.keys()];
  const nearest = nearestName(index, known);
  if (nearest !== undefined) return `; did you mean ${nearest}?`;
  const parts = index.toLowerCase().split("_");
  const similar = known.filter((name) => parts.every((part) => name.split("_").includes(part)));
  if (similar.length === 0) return ".";
  const more = similar.length > MAX_SUGGESTIONS ? `, ... (${similar.length})` : "";
  const names = similar.slice(0, MAX_SUGGESTIONS).join(", ");
  return `; did you mean ${similar.length > 1 ? "one of " : ""}${names}${more}?`;
}

/**
 * Returns the indices that `--explain` names: one index, or all of a family. The error suggests indices that can be
 * explained.
 *
 * @param withSource whether there is a source text, which some indices compare with
 * @throws DialoguePpoError ERR_CONFIG when the index is unknown or needs a source text
 */
export function explainedIndices(index: string, withSource: boolean): readonly string[] {
  const family = FAMILIES_BY_NAME.get(index)?.entries.map(({ name }) => name);
  const names = family ?? [index];
  if (names.every((name) => rowNames(withSource).includes(name))) return names;
  const refuse = (reason: string): never => {
    throw new DialoguePpoError("ERR_CONFIG", `--explain ${index}: ${reason}`);
  };
  if (names.every((name) => rowNames(true).includes(name))) {
    refuse("compares with a source text; name it with --source");
  }
  return refuse(
    `no such index${suggestNames(index)} Any column of the CSV but Filename can be explained, and any family`,
  );
}

/**
 * Returns a line that explains the comparison for semantic indices, whose evidence shows only words and similarity.
 */
function comparisonNote({ index, unit, evidence }: Explanation): string[] {
  if (!evidence.some(({ withWords }) => withWords !== undefined)) return [];
  const space = requiredSpaceKind(index);
  if (unit === "texts")
    return [`  how alike the text and its source are in the ${space} space, by the words it knows`];
  const segment = unit.split(" ")[0];
  const others = evidence.some(({ with: many = [] }) => many.length > 1)
    ? "the next two together"
    : "the next";
  return [
    `  mean over the lines below: how alike a ${segment} and ${others} are in the ${space} space, by the words it knows`,
  ];
}

/** Formats an explanation for the terminal. */
export function explanationText(id: string, explanation: Explanation): string {
  const head = `${id}  ${explanation.index} = ${formatValue(explanation.value)}`;
  return `${[head, ...comparisonNote(explanation), ...explanation.evidence.map((one) => evidenceLine(explanation, one))].join("\n")}\n`;
}
