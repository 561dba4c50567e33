// Helpers of the scripts and benchmarks that draw samples of dialogues.
import { buildPrompt } from "../dist/dialogue/prompt.js";

export { randomGenerator } from "../bench/random.js";

/** Returns at most `count` items that are spread evenly over the list. */
export function evenSample(items, count) {
  const stride = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, at) => at % stride === 0).slice(0, count);
}

/** Returns the prompts of the dialogues whose last turn is a human turn to compare with. */
export const promptsWithHumanTurn = (dialogues) =>
  dialogues.map((dialogue) => buildPrompt(dialogue)).filter((prompt) => prompt?.human);

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

export const variance = (values) => {
  const center = mean(values);
  return mean(values.map((value) => (value - center) ** 2));
};

/** Variances below this one are rounding errors of equal values. */
const SMALLEST_VARIANCE = 1e-20;

/** Returns Pearson's correlation of pairs of numbers; NaN when one side does not vary. */
export function correlation(pairs) {
  const [xs, ys] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
  const [vx, vy] = [variance(xs), variance(ys)];
  if (vx < SMALLEST_VARIANCE || vy < SMALLEST_VARIANCE) return Number.NaN;
  const [mx, my] = [mean(xs), mean(ys)];
  return mean(pairs.map(([x, y]) => (x - mx) * (y - my))) / Math.sqrt(vx * vy);
}
