import type { LengthTable } from "./calibration.ts";
import { spaceKindOf } from "./presets.ts";

const REMEDIES = {
  space:
    "needs a semantic space that is not there; --spaces names a folder that has it, spaces build learns one",
  statistics: "has no statistics in the calibration; calibrate again with the spaces in use",
  spread: "has one value in all texts of the calibration; calibrate on more dialogues",
} as const;

function lackOf(
  index: string,
  table: LengthTable | undefined,
  spaces: readonly string[],
): keyof typeof REMEDIES {
  const kind = spaceKindOf(index);
  if (kind !== undefined && !spaces.includes(kind)) return "space";
  return table?.all[index] === undefined ? "statistics" : "spread";
}

/**
 * Says which indices a composite does without, why, and what helps: one line.
 *
 * @param spaces kinds of the semantic spaces in use
 */
export function missingNote(
  preset: string,
  missing: readonly string[],
  table: LengthTable | undefined,
  spaces: readonly string[],
): string {
  const told = (Object.keys(REMEDIES) as (keyof typeof REMEDIES)[]).flatMap((lack) => {
    const indices = missing.filter((index) => lackOf(index, table, spaces) === lack);
    return indices.length === 0 ? [] : [`${indices.join(", ")} (each ${REMEDIES[lack]})`];
  });
  return `score preset ${preset} does without ${told.join(" and ")}`;
}
