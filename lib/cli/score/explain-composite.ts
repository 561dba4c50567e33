import { alignColumns, formatCount, wrapText } from "../../format.ts";
import { fixed, formatNumber } from "../../page/numbers.ts";
import type { CompositeScore } from "../../reward/composite.ts";
import type { ScorePreset } from "../../reward/preset.ts";
import { GUARD_PREFIX } from "../../sample.ts";

/** Returns the text that explains why guards do not act. */
function guardLines({ guards }: ScorePreset, { parts }: CompositeScore, width: number): string[] {
  const acting = guards.some(({ name }) => GUARD_PREFIX + name in parts);
  if (guards.length === 0 || acting) return [];
  const names = guards.map(({ name, free, cost }) => `${name} (free up to ${free}, cost ${cost})`).join(", ");
  return wrapText(`  no guard acts on a whole text; on a turn in its dialogue: ${names}`, width, "    ");
}

/** Says how the parts of a composite make its value. */
function describeSum({ parts }: CompositeScore, { name }: ScorePreset): string {
  const present = Object.values(parts).filter(({ z }) => z !== null);
  if (present.length === 0) return `the lowest score of preset ${name}, because no part has a value`;
  const sum = present.reduce((total, { z, weight }) => total + (z ?? 0) * weight, 0);
  const add = present.length === 1 ? "adds" : "add";
  return `the logistic function of ${fixed(sum, 3, true)}, which ${formatCount(present.length, "part")} of preset ${name} ${add} up to`;
}

/**
 * Formats a composite for the terminal: each part with its value, z-score and weight, and what it adds to the sum.
 *
 * @param width most characters in a line
 */
export function compositeText(id: string, score: CompositeScore, preset: ScorePreset, width: number): string {
  const entries = Object.entries(score.parts);
  const unit = preset.raw ? "clipped value" : "z-score";
  const rows = entries.map(([name, { value, z, weight }]) => [
    `  ${name}`,
    value === null ? "none" : formatNumber(value),
    z === null ? "–" : fixed(z, 2, true),
    fixed(weight, 3),
    z === null ? "–" : fixed(z * weight, 3, true),
  ]);
  const table = alignColumns([["  index", "value", unit, "weight", "adds"], ...rows], width).flat();
  return `${[
    ...wrapText(
      `${id}  composite = ${formatNumber(score.value)}: ${describeSum(score, preset)}`,
      width,
      "  ",
    ),
    ...table,
    ...(score.missing.length > 0
      ? wrapText(`  left out, because they have no value: ${score.missing.join(", ")}`, width, "    ")
      : []),
    ...guardLines(preset, score, width),
  ].join("\n")}\n`;
}
