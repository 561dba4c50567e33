import { readTensors } from "../golden/safetensors.ts";

/** Whether a tensor of OPT or of its optimizer belongs to the biases of attention keys. */
const isKeyBias = (name: string): boolean => name.endsWith("k_proj.bias");

const sumOfSquares = (values: Float32Array): number => values.reduce((sum, value) => sum + value ** 2, 0);

/**
 * Returns the share of the biases of attention keys in the norm of Adam's first moments, which are averages of gradients.
 *
 * @param state file of the optimizer in a checkpoint
 */
export function keyBiasShare(state: string): number {
  let [ofKeyBiases, all] = [0, 0];
  for (const [name, values] of readTensors(state, "adam.m.")) {
    const sum = sumOfSquares(values);
    all += sum;
    if (isKeyBias(name)) ofKeyBiases += sum;
  }
  return Math.sqrt(ofKeyBiases / all);
}

/**
 * Returns ||ours - theirs|| / ||theirs|| of the tensors of pairs of files, without the biases of attention keys. They cancel in the
 * softmax, so their gradient is the rounding error of zero, and Adam makes steps of it.
 */
export function relativeDifference(files: readonly (readonly [ours: string, theirs: string])[]): number {
  let [difference, size] = [0, 0];
  for (const [ours, theirs] of files) {
    const first = readTensors(ours);
    for (const [name, values] of readTensors(theirs)) {
      if (isKeyBias(name)) continue;
      values.forEach((value, i) => {
        difference += ((first.get(name)?.[i] ?? Number.NaN) - value) ** 2;
        size += value ** 2;
      });
    }
  }
  return Math.sqrt(difference / size);
}
