import { alignColumns } from "../format.ts";
import { fixed } from "../page/numbers.ts";
import type { RunRecord } from "./record.ts";
import { intervalCells } from "./wording.ts";

/** Returns a table for a terminal with one row per run. A star marks an interval that excludes zero. */
export function comparisonLines(runs: readonly RunRecord[], width: number): string[] {
  const rows = runs.map(({ name, steps, evaluation }): string[] => {
    const count = String(steps.at(-1)?.step ?? 0);
    if (evaluation === undefined) return [name, count, "– ", "–", "–", "–", "–"];
    const { reward, perplexity, length, kl } = evaluation;
    return [
      name,
      count,
      ...intervalCells(reward),
      `${fixed(perplexity.before, 1)}->${fixed(perplexity.after, 1)}`,
      `${fixed(length.before, 1)}->${fixed(length.after, 1)}`,
      fixed(kl.after, 2),
    ];
  });
  const head = ["run", "steps", "reward ", "95 % interval", "perplexity", "words", "KL"];
  return alignColumns([head, ...rows], width).flat();
}
