/**
 * Returns whether a model on `device` trains under bfloat16 autocast: a GPU does, and the CPU computes in float32. The
 * child's turns come from weights in bfloat16 then.
 */
export const trainsUnderAutocast = (device: string): boolean => device !== "cpu";
