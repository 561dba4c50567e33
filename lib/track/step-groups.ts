import type { StepRecord } from "../page/run-charts.ts";

/** Sums of one statistic over the steps of a group that have it. */
interface Sum {
  total: number;
  count: number;
}

interface Group {
  last: number;
  readonly sums: Map<string, Sum>;
}

/** A chart cannot show more points than this. The number is even, so that groups merge in pairs without a rest. */
const MOST_GROUPS = 600;

function addTo(sums: Map<string, Sum>, name: string, total: number, count: number): void {
  const sum = sums.get(name);
  if (sum === undefined) sums.set(name, { total, count });
  else {
    sum.total += total;
    sum.count += count;
  }
}

/**
 * The steps of a run of any length, merged into a bounded number of groups of neighbours. Each group has the mean of
 * every statistic, so that memory and the time to draw do not grow with the run.
 */
export class StepGroups {
  #groups: Group[] = [];
  #size = 1;
  #count = 0;

  /** Number of steps. */
  get count(): number {
    return this.#count;
  }

  /** Largest number of steps in a group. */
  get size(): number {
    return this.#size;
  }

  /** Adds the next step. */
  add({ step, stats }: StepRecord): void {
    if (this.#count % this.#size === 0) {
      if (this.#groups.length === MOST_GROUPS) this.#mergePairs();
      this.#groups.push({ last: step, sums: new Map() });
    }
    const group = this.#groups.at(-1) as Group;
    group.last = step;
    this.#count += 1;
    for (const [name, value] of Object.entries(stats)) {
      if (value !== null) addTo(group.sums, name, value, 1);
    }
  }

  /** Returns one record a group: the number of its last step, and the means. */
  records(): StepRecord[] {
    return this.#groups.map(({ last, sums }) => ({
      step: last,
      stats: Object.fromEntries([...sums].map(([name, { total, count }]) => [name, total / count])),
    }));
  }

  #mergePairs(): void {
    const merged: Group[] = [];
    this.#groups.forEach((group, at) => {
      const first = merged.at(-1);
      if (at % 2 === 0 || first === undefined) {
        merged.push(group);
        return;
      }
      first.last = group.last;
      for (const [name, { total, count }] of group.sums) addTo(first.sums, name, total, count);
    });
    this.#groups = merged;
    this.#size *= 2;
  }
}
