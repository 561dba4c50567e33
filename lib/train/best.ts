import { formatCount } from "../format.ts";
import type { StepLog } from "../run/records.ts";
import type { HeldOutFigures, Selection, SelectionLimits } from "../run/selection.ts";

/** Returns the held-out figures that a step's statistics contain; undefined when it has none or one is not finite. */
export function figuresOf(stats: StepLog["stats"]): HeldOutFigures | undefined {
  const { "eval/reward_mean": reward, "eval/kl": kl, "eval/words_mean": words } = stats;
  const { "eval/perplexity": perplexity = null } = stats;
  if (typeof reward !== "number" || typeof kl !== "number" || typeof words !== "number") return undefined;
  return { reward, kl, perplexity, words };
}

/** Returns how figures break the limits, one phrase for each broken limit. */
function brokenLimits(
  { kl, perplexity, words }: HeldOutFigures,
  before: HeldOutFigures,
  limits: SelectionLimits,
): string[] {
  const broken: string[] = [];
  if (kl > limits.kl) broken.push(`KL ${kl.toFixed(2)} above ${limits.kl}`);
  if (perplexity !== null && before.perplexity !== null) {
    const factor = perplexity / before.perplexity;
    if (factor > limits.perplexity)
      broken.push(`perplexity x${factor.toFixed(2)} above x${limits.perplexity}`);
  }
  const factor = words / before.words;
  if (factor > limits.length || factor < 1 / limits.length) {
    broken.push(`length x${factor.toFixed(2)} outside a factor of ${limits.length}`);
  }
  return broken;
}

/** Finds the best checkpoint by held-out reward among those that keep the limits. */
export class BestCheckpoint {
  readonly #before: HeldOutFigures;
  readonly #limits: SelectionLimits;
  #best: Selection["best"] = null;
  #evaluations = 0;
  #withoutBetter = 0;
  /** The highest reward that broke a limit, and the limit. */
  #refused: { step: number; reward: number; broken: string[] } | undefined;

  /** @param history log of the steps before a resume */
  constructor(before: HeldOutFigures, limits: SelectionLimits, history: readonly StepLog[] = []) {
    this.#before = before;
    this.#limits = limits;
    for (const record of history) this.add(record);
  }

  /** Number of evaluations since the best one. */
  get withoutBetter(): number {
    return this.#withoutBetter;
  }

  /**
   * Takes the evaluation of a step into account, if it had one.
   * @returns whether the step is the best so far
   */
  add({ step, stats }: Pick<StepLog, "step" | "stats">): boolean {
    if (!("eval/dialogues" in stats)) return false;
    this.#evaluations += 1;
    this.#withoutBetter += 1;
    const figures = figuresOf(stats);
    if (!figures || figures.reward <= (this.#best?.reward ?? Number.NEGATIVE_INFINITY)) return false;
    const broken = brokenLimits(figures, this.#before, this.#limits);
    if (broken.length > 0) {
      if (figures.reward > (this.#refused?.reward ?? Number.NEGATIVE_INFINITY)) {
        this.#refused = { step, reward: figures.reward, broken };
      }
      return false;
    }
    this.#best = { step, ...figures };
    this.#withoutBetter = 0;
    return true;
  }

  /** Returns the choice so far. */
  describe(): Selection {
    return {
      best: this.#best,
      before: this.#before,
      limits: this.#limits,
      evaluations: this.#evaluations,
      withoutBetter: this.#withoutBetter,
      reason: this.#reason(),
    };
  }

  #reason(): string {
    const [best, refused] = [this.#best, this.#refused];
    const count = formatCount(this.#evaluations, "evaluation");
    if (best === null) {
      const why = refused ? `; step ${refused.step} has ${refused.broken.join(", ")}` : "";
      return `none of ${count} keeps the limits${why}`;
    }
    const change = best.reward - this.#before.reward;
    const sign = change < 0 ? "-" : "+";
    const gain = `${sign}${Math.abs(change).toFixed(3)} against the child before training`;
    const others =
      refused && refused.reward > best.reward
        ? `; step ${refused.step} has ${refused.reward.toFixed(3)}, but ${refused.broken.join(", ")}`
        : "";
    return `step ${best.step} has the highest held-out reward of ${count}, ${best.reward.toFixed(3)} (${gain})${others}`;
  }
}
