import type { List } from "../data/list.ts";
import { shuffledOrder } from "../data/order.ts";
import type { Prompt } from "../dialogue/prompt.ts";

/** Position of a run in its data. */
export interface CursorState {
  /** Number of finished passes over the data. */
  readonly epoch: number;
  /** Number of prompts that were taken in the current pass. */
  readonly position: number;
}

/** Iterates over the prompts, in each epoch in an order that depends only on seed and epoch. */
export class PromptCursor {
  readonly #prompts: List<Prompt>;
  readonly #seed: number;
  #order: Int32Array;
  #epoch: number;
  #position: number;

  constructor(prompts: List<Prompt>, seed: number, state: CursorState = { epoch: 0, position: 0 }) {
    this.#prompts = prompts;
    this.#seed = seed;
    this.#epoch = state.epoch;
    this.#position = state.position;
    this.#order = shuffledOrder(prompts.length, seed, state.epoch);
  }

  /** The current position, from which a new cursor continues. */
  get state(): CursorState {
    return { epoch: this.#epoch, position: this.#position };
  }

  /** Goes back or forward to a position. */
  moveTo({ epoch, position }: CursorState): void {
    if (epoch !== this.#epoch) this.#order = shuffledOrder(this.#prompts.length, this.#seed, epoch);
    this.#epoch = epoch;
    this.#position = position;
  }

  /** Returns the next `count` prompts. After the last prompt of an epoch comes the first of the next. */
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
    return this.#prompts.at(index) as Prompt;
  }
}
