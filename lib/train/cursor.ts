import { shuffledOrder } from "../data/order.ts";
import type { Prompt } from "../dialogue/prompt.ts";

/** Where a run stands in its data. */
export interface CursorState {
  /** Passes over the data that are finished. */
  readonly epoch: number;
  /** Prompts of this pass that were taken. */
  readonly position: number;
}

/** Gives the prompts of each epoch in an order that depends on (seed, epoch) only. */
export class PromptCursor {
  readonly #prompts: readonly Prompt[];
  readonly #seed: number;
  #order: Int32Array;
  #epoch: number;
  #position: number;

  constructor(prompts: readonly Prompt[], seed: number, state: CursorState = { epoch: 0, position: 0 }) {
    this.#prompts = prompts;
    this.#seed = seed;
    this.#epoch = state.epoch;
    this.#position = state.position;
    this.#order = shuffledOrder(prompts.length, seed, state.epoch);
  }

  get state(): CursorState {
    return { epoch: this.#epoch, position: this.#position };
  }

  /** The next `count` prompts; a pass that ends is followed by the next one. */
  take(count: number): Prompt[] {
    return Array.from({ length: count }, () => this.#next());
  }

  #next(): Prompt {
    if (this.#position === this.#order.length) {
      this.#epoch += 1;
      this.#position = 0;
      this.#order = shuffledOrder(this.#prompts.length, this.#seed, this.#epoch);
    }
    const index = this.#order[this.#position] as number;
    this.#position += 1;
    return this.#prompts[index] as Prompt;
  }
}
