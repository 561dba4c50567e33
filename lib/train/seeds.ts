import { hashToInt48 } from "../random.ts";
import type { Role } from "../sample.ts";

/**
 * Returns the seed with which one turn is generated. It depends only on the arguments, not on the batch or on earlier
 * steps, so that a resumed run generates exactly the same turns.
 *
 * @param seed seed of the run
 * @param sample number of the sample within the step
 * @param role the model that generates
 * @param turn number of the turn among those that the model generates for the sample
 * @returns a whole number below 2^48
 */
export function drawSeed(seed: number, step: number, sample: number, role: Role, turn: number): number {
  return hashToInt48(`${seed}/${step}/${sample}/${role}/${turn}`);
}
