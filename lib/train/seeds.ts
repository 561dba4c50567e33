import { hashToInt48 } from "../random.ts";

/**
 * The seed of one draw: of the run, the step, the sample's place in the step, who draws and which turn. Nothing else
 * enters, so that draws depend neither on the batch nor on what happened before: resume is exact.
 * @returns a whole number below 2^48
 */
export function drawSeed(
  seed: number,
  step: number,
  slot: number,
  role: "child" | "teacher",
  turn: number,
): number {
  return hashToInt48(`${seed}/${step}/${slot}/${role}/${turn}`);
}
