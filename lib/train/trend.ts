import { mean } from "../mean.ts";
import type { StepLog } from "../run/records.ts";

/**
 * Steps at the start and at the end of a run whose means are compared. Five batches of 8 are 40 turns: enough that
 * chance alone does not halve or double a mean.
 */
export const WINDOW = 5;

interface Series {
  count: number;
  readonly first: number[];
  readonly last: number[];
}

/** The first and the last values of each statistic of a run. Its memory does not grow with the steps. */
export class Trend {
  readonly #series = new Map<string, Series>();
  #newest: StepLog["stats"] = {};

  /** Adds the statistics of the next step. */
  add(stats: StepLog["stats"]): void {
    this.#newest = stats;
    for (const [name, value] of Object.entries(stats)) {
      if (typeof value !== "number") continue;
      const series = this.#series.get(name) ?? { count: 0, first: [], last: [] };
      this.#series.set(name, series);
      series.count += 1;
      if (series.first.length < WINDOW) series.first.push(value);
      series.last.push(value);
      if (series.last.length > WINDOW) series.last.shift();
    }
  }

  /** Returns the value of the newest step; null when it is not finite, undefined when the step does not have it. */
  newest(name: string): number | null | undefined {
    return this.#newest[name];
  }

  /** Returns the first value. */
  first(name: string): number | undefined {
    return this.#series.get(name)?.first[0];
  }

  /** Returns the last `count` values, at most {@link WINDOW}, the oldest first. */
  recent(name: string, count: number): number[] {
    return this.#series.get(name)?.last.slice(-count) ?? [];
  }

  /** Returns the means of the first and of the last values; undefined while they would overlap. */
  firstAndLast(name: string): readonly [number, number] | undefined {
    const { count, first, last } = this.#series.get(name) ?? { count: 0, first: [], last: [] };
    return count < 2 * WINDOW ? undefined : [mean(first), mean(last)];
  }
}
