import { DialoguePpoError } from "../../errors.ts";
import { nearestName } from "../../options/nearest.ts";
import { findIndex } from "../../taaco/catalogue.ts";
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
  if (unit === "matches") return `  sentence ${segment}: ${words.join(" ")}`;
  return `  ${unit.split(" ")[0]} ${segment} with ${others?.join(" and ")}: ${formatValue(value)}${sides === "" ? "" : `  (${sides})`}`;
}

/** Name of the composite among the indices. */
export const COMPOSITE = "composite";

const MAX_SUGGESTIONS = 4;

/** Suggests names for an unknown one: the nearest, or else those that contain all its parts, as for "overlap_all". */
function suggestNames(index: string): string {
  const known = rowNames(true);
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
 * Checks that an index can be explained. The error suggests indices that can.
 *
 * @param withSource whether there is a source text, which some indices compare with
 * @throws DialoguePpoError ERR_CONFIG when the index is unknown or needs a source text
 */
export function checkExplainable(index: string, withSource: boolean): void {
  if (index === COMPOSITE || rowNames(withSource).includes(index)) return;
  const refuse = (reason: string): never => {
    throw new DialoguePpoError("ERR_CONFIG", `--explain ${index}: ${reason}`);
  };
  if (rowNames(true).includes(index)) refuse("compares with a source text; name it with --source");
  refuse(`no such index${suggestNames(index)} Any column of the CSV but Filename can be explained`);
}

/**
 * Returns a line that explains the comparison for semantic indices, whose evidence shows only words and similarity.
 */
function comparisonNote({ index, unit, evidence }: Explanation): string[] {
  if (!evidence.some(({ withWords }) => withWords !== undefined)) return [];
  const segment = unit.split(" ")[0];
  const others = evidence.some(({ with: many = [] }) => many.length > 1)
    ? "the next two together"
    : "the next";
  const space = findIndex(index)?.entry.needs.space;
  return [
    `  mean over the lines below: how alike a ${segment} and ${others} are in the ${space} space, by the words it knows`,
  ];
}

/** Formats an explanation for the terminal. */
export function explanationText(id: string, explanation: Explanation): string {
  const head = `${id}  ${explanation.index} = ${formatValue(explanation.value)}`;
  return `${[head, ...comparisonNote(explanation), ...explanation.evidence.map((one) => evidenceLine(explanation, one))].join("\n")}\n`;
}
