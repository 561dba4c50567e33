import { alignColumns, wrapText } from "../format.ts";
import { fixed } from "../page/numbers.ts";
import type { RunRecord } from "./record.ts";
import { type SeedSummary, spreadText } from "./seeds.ts";
import { intervalCells, perplexityDecimals } from "./wording.ts";

const EXPLANATION =
  "Held-out dialogues: change of the reward with its 95 % interval (* it excludes zero); perplexity of human turns and " +
  "words per turn, before->after; KL in nats per turn.";

/** Returns a table for a terminal with one row per run, and what its columns mean. */
export function comparisonLines(runs: readonly RunRecord[], width: number): string[] {
  const rows = runs.map(({ name, steps, evaluation }): string[] => {
    const count = String(steps.at(-1)?.step ?? 0);
    if (evaluation === undefined) return [name, count, "– ", "–", "–", "–", "–"];
    const { reward, perplexity, length, kl } = evaluation;
    const decimals = perplexityDecimals(perplexity);
    return [
      name,
      count,
      ...intervalCells(reward),
      `${fixed(perplexity.before, decimals)}->${fixed(perplexity.after, decimals)}`,
      `${fixed(length.before, 1)}->${fixed(length.after, 1)}`,
      fixed(kl.after, 2),
    ];
  });
  const head = ["run", "steps", "reward ", "95 % interval", "perplexity", "words", "KL"];
  return [...wrapText(EXPLANATION, width), ...alignColumns([head, ...rows], width).flat()];
}

const SEEDS_EXPLANATION =
  "Runs that differ only in their seed: mean and standard deviation (n - 1) over the seeds of the changes of reward, " +
  "perplexity and words, and of the KL.";

/** Returns a table for a terminal with one row per setting that was trained with several seeds; empty without one. */
export function seedLines(summaries: readonly SeedSummary[], width: number): string[] {
  if (summaries.length === 0) return [];
  const rows = summaries.map(({ name, seeds, reward, perplexity, length, kl }) => [
    name,
    String(seeds.length),
    ...[reward, perplexity, length].map(({ difference }) => spreadText(difference)),
    spreadText(kl.after, false),
  ]);
  const head = ["runs", "seeds", "reward", "perplexity", "words", "KL"];
  return [...wrapText(SEEDS_EXPLANATION, width), ...alignColumns([head, ...rows], width).flat()];
}
