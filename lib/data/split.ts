import { DialoguePpoError } from "../errors.ts";
import { hashToInt48 } from "../random.ts";
import type { Dialogue } from "./dialogue.ts";

/**
 * Whether a dialogue is held out: its hash under the seed falls below the fraction. Independent of all other rows, so
 * that every command that shares seed and fraction holds out the same dialogues.
 */
export function isHeldOut(id: string, split: { evalFraction: number; seed: number }): boolean {
  return hashToInt48(`${split.seed}\0${id}`) / 2 ** 48 < split.evalFraction;
}

/**
 * Parts dialogues into those for training and those held out.
 * @throws DialoguePpoError ERR_DATA when nothing is left to train on
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
