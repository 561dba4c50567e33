import { readTensors } from "../golden/safetensors.ts";

const sumOfSquares = (values: Float32Array): number => values.reduce((sum, value) => sum + value ** 2, 0);

/**
 * Returns the share of tensors in the norm of Adam's first moments, which are averages of gradients.
 *
 * @param state file of the optimizer in a checkpoint
 * @param ending how the names of the tensors end
 */
export function gradientShare(state: string, ending: string): number {
  let [some, all] = [0, 0];
  for (const [name, values] of readTensors(state, "adam.m.")) {
    const sum = sumOfSquares(values);
    all += sum;
    if (name.endsWith(ending)) some += sum;
  }
  return Math.sqrt(some / all);
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
      if (name.endsWith("k_proj.bias")) continue;
      values.forEach((value, i) => {
        difference += ((first.get(name)?.[i] ?? Number.NaN) - value) ** 2;
        size += value ** 2;
      });
    }
  }
  return Math.sqrt(difference / size);
}
