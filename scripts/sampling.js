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
