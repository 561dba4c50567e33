/** Weights outside this range, in units of the file, are cut off. */
const LARGEST = 127;

/**
 * Learns an averaged perceptron (Collins 2002). Features are 32-bit keys. First the features of all examples are counted, then
 * the frequent ones get a row of weights, one for each label, and then each example is learned.
 */
export class AveragedPerceptron {
  #width;
  #counts = new Map();
  #rows = new Map();
  #weights;
  /** Sums of the weights over all examples so far, up to the example at which a weight changed last. */
  #sums;
  #changed;
  #examples = 1;

  constructor(labels) {
    this.labels = labels;
    this.#width = labels.length;
  }

  count(keys) {
    for (const key of keys) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Gives the features that occur at least so many times per row. */
  begin(leastCount) {
    for (const [key, count] of this.#counts) if (count >= leastCount) this.#rows.set(key, this.#rows.size);
    this.#counts.clear();
    const size = this.#rows.size * this.#width;
    this.#weights = new Float32Array(size);
    this.#sums = new Float32Array(size);
    this.#changed = new Int32Array(size);
  }

  /** Returns the rows of those features that have one. */
  rowsOf(keys) {
    return Array.from(keys, (key) => this.#rows.get(key)).filter((row) => row !== undefined);
  }

  /** Adds the weights of rows to the scores of the labels. */
  addTo(scores, rows) {
    const [width, weights] = [this.#width, this.#weights];
    for (const row of rows) {
      const start = row * width;
      for (let label = 0; label < width; label++) scores[label] += weights[start + label];
    }
  }

  /**
   * Learns the label of an example if its score is not above every other score by the margin.
   *
   * @returns the difference between the score of the right label and the highest other score
   */
  learn(scores, rows, label, margin) {
    const rival = highest(scores, label);
    const lead = scores[label] - scores[rival];
    this.#examples += 1;
    if (lead > 0 && lead >= margin) return lead;
    for (const row of rows) {
      this.#change(row * this.#width + label, 1);
      this.#change(row * this.#width + rival, -1);
    }
    return lead;
  }

  #change(at, difference) {
    this.#sums[at] += this.#weights[at] * (this.#examples - this.#changed[at]);
    this.#changed[at] = this.#examples;
    this.#weights[at] += difference;
  }

  /** Replaces the weights by their averages over all examples. */
  average() {
    for (let at = 0; at < this.#weights.length; at++) {
      const sum = this.#sums[at] + this.#weights[at] * (this.#examples - this.#changed[at]);
      this.#weights[at] = sum / this.#examples;
    }
  }

  /**
   * Returns the features with their weights as 8-bit integers, without the zeros, for `encodeModel`. Features without a weight above
   * the limit are left out.
   *
   * @param limit smallest useful weight
   */
  quantised(limit) {
    const scale = LARGEST / this.#weights.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 0);
    const rows = [];
    for (const [key, row] of this.#rows) {
      const weights = this.#weights.subarray(row * this.#width, (row + 1) * this.#width);
      if (!weights.some((weight) => Math.abs(weight) >= limit)) continue;
      const rounded = Array.from(weights, (weight) => Math.round(weight * scale));
      const targets = [...rounded.keys()].filter((label) => rounded[label] !== 0);
      if (targets.length > 0) rows.push({ key, targets, values: targets.map((label) => rounded[label]) });
    }
    return { labels: this.labels, rows, scale };
  }
}

/** Returns the label with the highest score, apart from one. */
export function highest(scores, except = -1) {
  let best = except === 0 ? 1 : 0;
  for (let label = best + 1; label < scores.length; label++) {
    if (label !== except && scores[label] > scores[best]) best = label;
  }
  return best;
}
