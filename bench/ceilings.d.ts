/** Sizes of a model from which its costs follow. */
export interface Sizes {
  readonly layers: number;
  readonly layerWeights: number;
  readonly headWeights: number;
  readonly queryWidth: number;
  readonly keyWidth: number;
  readonly parameters: number;
}
/** Ceilings of a machine. */
export interface MachineRates {
  readonly bytesPerSecond: number;
  readonly flopsPerSecond: number;
}
export function ceilingsFor(
  ceilings: MachineRates & { readonly bfloat16FlopsPerSecond: number },
  dtype: "float32" | "bfloat16",
): MachineRates;
export function sizesOf(shape: string): Sizes;
export function prefillCeiling(
  sizes: Sizes,
  lengths: readonly number[],
  weightBytes: number,
  machine: MachineRates,
): number;
export function tokenCeiling(
  sizes: Sizes,
  lengths: readonly number[],
  weightBytes: number,
  machine: MachineRates,
): number;
export function ppoCeiling(
  sizes: Sizes,
  work: {
    readonly prompts: readonly number[];
    readonly responses: readonly number[];
    readonly miniBatchSize: number;
    readonly epochs: number;
  },
  machine: MachineRates,
): number;
