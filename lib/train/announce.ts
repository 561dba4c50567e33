import path from "node:path";
import { formatCount } from "../format.ts";
import type { Origin, ResolvedConfig } from "../options/resolve.ts";
import { flagName } from "../options/spelling.ts";
import type { RunOptionName, TrainConfig } from "../options/train-config.ts";
import { starterDialogues } from "../package.ts";
import type { TrainingSetup } from "../setup/training.ts";
import { planSteps } from "./step-plan.ts";

/** Options that decide how much a run learns and how it can be judged. */
const DECISIVE: readonly RunOptionName[] = [
  "learningRate",
  "batchSize",
  "maxNewTokens",
  "evalFraction",
  "scorePreset",
  "ptxCoef",
];

const SOURCES: Readonly<Record<Origin, string>> = {
  flag: "set by you",
  checkpoint: "of the run",
  file: "configuration file",
  environment: "environment",
  preset: "preset",
  default: "default",
};

/** Formats a value; a small number as people write learning rates: 1.41e-5 rather than 0.0000141. */
const formatSmall = (value: unknown): string =>
  typeof value === "number" && value > 0 && value < 1e-3 ? value.toExponential() : String(value);

/** Returns the values of the decisive options and where each comes from, in one line. */
function describeChoices({ config, origins }: ResolvedConfig): string {
  const shown = DECISIVE.map(
    (name) => `${flagName(name)} ${formatSmall(config[name])} (${SOURCES[origins[name] ?? "default"]})`,
  );
  const nothing = config.evalFraction === 0 ? "; no dialogue is held out, so evaluate needs other data" : "";
  return `settings: ${shown.join(", ")}${nothing}`;
}

/**
 * Smallest products of the learning rate and the dialogues of all steps at which a run has a visible effect, a clear
 * one, and one that costs language. Runs on real and hand-written dialogues (docs/results.md) changed clearly from 0.03
 * on (60 steps of 16 at 3e-5) and lost much language at 0.19 (120 steps of 16 at 1e-4).
 */
const EFFECT_FROM = { visible: 0.005, clear: 0.03, costly: 0.12 };
/** Learning rate for which the advice counts the steps that a clear effect takes. */
const ADVISED_LEARNING_RATE = 5e-5;
/** With fewer held-out dialogues, intervals are wider than most effects. */
const FEW_HELD_OUT = 100;

type EffectOptions = Pick<TrainConfig, "learningRate" | "batchSize" | "ptxCoef">;

function describeEffect({ learningRate, batchSize, ptxCoef }: EffectOptions, totalSteps: number): string {
  const amount = learningRate * batchSize * totalSteps;
  const size = `(${formatCount(totalSteps, "step")} of ${formatCount(batchSize, "dialogue")} at a learning rate of ${formatSmall(learningRate)})`;
  const enough = Math.ceil(EFFECT_FROM.clear / (batchSize * ADVISED_LEARNING_RATE));
  const advice = `about ${enough} steps of ${batchSize} at ${formatSmall(ADVISED_LEARNING_RATE)} would show one`;
  if (amount < EFFECT_FROM.visible) return `too small to see ${size}; ${advice}`;
  if (amount < EFFECT_FROM.clear) return `small at most ${size}; ${advice}`;
  if (amount < EFFECT_FROM.costly || ptxCoef > 0) return `clear ${size}; watch perplexity and length`;
  return `clear, probably at the cost of the language ${size}; --ptx-coef or fewer steps keep more of it`;
}

/** Returns in one line what can be expected of a run of so many steps. */
export function describeExpectation(
  options: EffectOptions,
  { totalSteps, heldOut }: { totalSteps: number; heldOut: number },
): string {
  const hasFewHeldOut = heldOut > 0 && heldOut < FEW_HELD_OUT;
  const few = hasFewHeldOut ? `; ${formatCount(heldOut, "held-out dialogue")} give wide intervals` : "";
  return `expected effect: ${describeEffect(options, totalSteps)}${few}`;
}

/** Returns options and expected effect as lines; none for the starter dialogues, whose figures are known. */
export function announcement(resolved: ResolvedConfig, { data, prompts }: TrainingSetup): string[] {
  if (path.resolve(data.file) === starterDialogues) return [];
  const { config } = resolved;
  const { totalSteps } = planSteps(prompts.length, config);
  const size = { totalSteps, heldOut: data.evaluation.length };
  return [describeChoices(resolved), describeExpectation(config, size)];
}
