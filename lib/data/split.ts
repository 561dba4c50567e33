import { DialoguePpoError } from "../errors.ts";
import { hashToInt48 } from "../random.ts";
import type { Dialogue } from "./dialogue.ts";

/**
 * Returns whether a dialogue is held out for evaluation: whether the hash of seed and id, as a number in [0, 1), is below
 * the fraction. The answer does not depend on other dialogues, so all commands with the same seed and fraction hold out
 * the same dialogues.
 */
export function isHeldOut(id: string, split: { evalFraction: number; seed: number }): boolean {
  return hashToInt48(`${split.seed}\0${id}`) / 2 ** 48 < split.evalFraction;
}

/**
 * Splits dialogues into a training part and a held-out part.
 * @throws DialoguePpoError ERR_DATA when the training part is empty
 */
export function splitDialogues(
  dialogues: readonly Dialogue[],
  split: { evalFraction: number; seed: number },
): { train: Dialogue[]; evaluation: Dialogue[] } {
  const train: Dialogue[] = [];
  const evaluation: Dialogue[] = [];
  for (const dialogue of dialogues) (isHeldOut(dialogue.id, split) ? evaluation : train).push(dialogue);
  if (train.length === 0) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `evalFraction ${split.evalFraction} leaves no dialogue for training`,
    );
  }
  return { train, evaluation };
}
