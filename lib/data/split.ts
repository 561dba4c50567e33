import { DialoguePpoError } from "../errors.ts";
import { hashToInt48 } from "../random.ts";
import type { Dialogue } from "./dialogue.ts";
import { DialogueList } from "./dialogue-list.ts";

/** Fraction of the dialogues to hold out, and the seed that decides which. */
export interface Split {
  readonly evalFraction: number;
  readonly seed: number;
}

/**
 * Returns whether a dialogue is held out for evaluation: whether the hash of seed and id, as a number in [0, 1), is
 * below the fraction. The answer does not depend on other dialogues, so all commands with the same seed and fraction
 * hold out the same dialogues.
 */
export function isHeldOut(id: string, split: Split): boolean {
  return split.evalFraction > 0 && hashToInt48(`${split.seed}\0${id}`) / 2 ** 48 < split.evalFraction;
}

/** The parts of a corpus. */
export interface SplitDialogues {
  readonly train: DialogueList;
  readonly evaluation: DialogueList;
}

/** Sorts dialogues into a training part and a held-out part. */
export class DialogueSplitter {
  readonly #split: Split;
  readonly #train = new DialogueList();
  readonly #evaluation = new DialogueList();

  constructor(split: Split) {
    this.#split = split;
  }

  /** Adds a dialogue to its part. */
  add(dialogue: Dialogue): void {
    (isHeldOut(dialogue.id, this.#split) ? this.#evaluation : this.#train).push(dialogue);
  }

  /**
   * Returns both parts.
   * @throws DialoguePpoError ERR_DATA when the training part is empty
   */
  parts(): SplitDialogues {
    if (this.#train.length > 0) return { train: this.#train, evaluation: this.#evaluation };
    throw new DialoguePpoError(
      "ERR_DATA",
      `evalFraction ${this.#split.evalFraction} leaves no dialogue for training`,
    );
  }
}

/**
 * Splits dialogues into a training part and a held-out part.
 * @throws DialoguePpoError ERR_DATA when the training part is empty
 */
export function splitDialogues(
  dialogues: readonly Dialogue[],
  split: Split,
): { train: Dialogue[]; evaluation: Dialogue[] } {
  const splitter = new DialogueSplitter(split);
  for (const dialogue of dialogues) splitter.add(dialogue);
  const { train, evaluation } = splitter.parts();
  return { train: [...train], evaluation: [...evaluation] };
}
