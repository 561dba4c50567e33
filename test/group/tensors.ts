import { readTensors } from "../golden/safetensors.ts";

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
