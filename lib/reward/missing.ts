import type { LengthTable } from "./calibration.ts";
import { spaceKindOf } from "./presets.ts";

/** Indices that a composite does without for one reason, and what brings them back. */
interface Lack {
  readonly why: string;
  readonly indices: string[];
}

function whyMissing(index: string, table: LengthTable | undefined, spaces: readonly string[]): string {
  const kind = spaceKindOf(index);
  if (kind !== undefined && !spaces.includes(kind)) {
    return `no ${kind} space among those in use; name a folder that has one with --spaces (spaces build learns it)`;
  }
  const moments = table?.all[index];
  if (moments === undefined)
    return "the calibration has no statistics of it; calibrate again with these spaces";
  return "it has the same value in all texts of the calibration; calibrate on more dialogues";
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
  const lacks: Lack[] = [];
  for (const index of missing) {
    const why = whyMissing(index, table, spaces);
    const same = lacks.find((lack) => lack.why === why);
    if (same) same.indices.push(index);
    else lacks.push({ why, indices: [index] });
  }
  const told = lacks.map(({ why, indices }) => `${indices.join(", ")} (${why})`);
  return `score preset ${preset} does without ${told.join("; without ")}; the other indices share the weight`;
}
