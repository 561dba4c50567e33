import { requiredSpaceKind } from "../taaco/catalogue.ts";
import type { LengthTable } from "./calibration.ts";

const REMEDIES = {
  space:
    "needs a semantic space that is not there; --spaces names a folder that has it, spaces build learns one",
  statistics: "has no statistics in the calibration; calibrate again with the spaces in use",
  spread: "has one value in all texts of the calibration; calibrate on more dialogues",
} as const;

function findCause(
  index: string,
  table: LengthTable | undefined,
  spaces: readonly string[],
): keyof typeof REMEDIES {
  const kind = requiredSpaceKind(index);
  if (kind !== undefined && !spaces.includes(kind)) return "space";
  return table?.all[index] === undefined ? "statistics" : "spread";
}

/**
 * Describes in one line which indices a composite does without, why, and how to get them.
 *
 * @param spaces kinds of the semantic spaces in use
 */
export function describeMissingIndices(
  preset: string,
  missing: readonly string[],
  table: LengthTable | undefined,
  spaces: readonly string[],
): string {
  const groups = (Object.keys(REMEDIES) as (keyof typeof REMEDIES)[]).flatMap((cause) => {
    const indices = missing.filter((index) => findCause(index, table, spaces) === cause);
    return indices.length === 0 ? [] : [`${indices.join(", ")} (each ${REMEDIES[cause]})`];
  });
  return `score preset ${preset} does without ${groups.join(" and ")}`;
}
