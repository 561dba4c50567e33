// What the bytes or the arithmetic of a piece of work need at least, at the ceilings that were measured on this machine.
// Letters: L layers, E hidden size, V vocabulary. A multiply and an add count as two operations.
import { readFileSync } from "node:fs";
import path from "node:path";

const FLOAT_BYTES = 4;
/** Adam reads weight, gradient and both moments, and writes weight and moments. */
const ADAM_ARRAYS = 7;
/** The backward pass needs twice the arithmetic of the forward pass. */
const TRAINING_PASSES = 3;

/** Returns the sizes of a shape in bench/shapes that its costs follow from. */
export function sizesOf(shape) {
  const config = JSON.parse(readFileSync(path.join(import.meta.dirname, "shapes", `${shape}.json`), "utf8"));
  const { hidden_size: hidden, num_hidden_layers: layers, num_attention_heads: heads, vocab_size } = config;
  const keyHeads = config.num_key_value_heads ?? heads;
  const headSize = config.head_dim ?? hidden / heads;
  const attention = 2 * hidden * heads * headSize + 2 * hidden * keyHeads * headSize;
  // Llama's feed-forward part has three matrices, OPT's two.
  const feedForward =
    config.intermediate_size === undefined
      ? 2 * hidden * config.ffn_dim
      : 3 * hidden * config.intermediate_size;
  const positions = config.model_type === "opt" ? config.max_position_embeddings * hidden : 0;
  return {
    layers,
    layerWeights: attention + feedForward,
    headWeights: vocab_size * hidden,
    queryWidth: heads * headSize,
    keyWidth: keyHeads * headSize,
    parameters: layers * (attention + feedForward) + vocab_size * hidden + positions,
  };
}

/** Bytes of a weight by its type. */
export const WEIGHT_BYTES = { float32: 4, bfloat16: 2 };

/** Returns the rates of a machine for one type of weights. A CPU without units for bfloat16 computes in float32. */
export function ceilingsFor(ceilings, dtype) {
  const { flopsPerSecond, bfloat16FlopsPerSecond } = ceilings;
  if (dtype === "float32") return ceilings;
  return { ...ceilings, flopsPerSecond: Math.max(flopsPerSecond, bfloat16FlopsPerSecond) };
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Operations of a forward pass over rows: causal attention, and the head at `headTokens` positions in all. */
function forwardOperations(sizes, lengths, headTokens) {
  const products = 2 * sizes.layers * sizes.layerWeights * sum(lengths);
  const attention = 2 * sizes.layers * sizes.queryWidth * sum(lengths.map((length) => length * length));
  return products + attention + 2 * sizes.headWeights * headTokens;
}

const slower = (operations, bytes, { flopsPerSecond, bytesPerSecond }) =>
  Math.max(operations / flopsPerSecond, bytes / bytesPerSecond);

/** Returns the seconds until each row has its first new token. */
export function prefillCeiling(sizes, lengths, weightBytes, machine) {
  const bytes = weightBytes * (sizes.layers * sizes.layerWeights + sizes.headWeights);
  return slower(forwardOperations(sizes, lengths, lengths.length), bytes, machine);
}

/** Returns the seconds of one more token for each row, whose lengths include the tokens so far. */
export function tokenCeiling(sizes, lengths, weightBytes, machine) {
  const weights = sizes.layers * sizes.layerWeights + sizes.headWeights;
  const cached = 2 * sizes.layers * sizes.keyWidth * sum(lengths);
  const attention = 4 * sizes.layers * sizes.queryWidth * sum(lengths);
  return slower(
    2 * weights * lengths.length + attention,
    weightBytes * weights + FLOAT_BYTES * cached,
    machine,
  );
}

/** Returns the seconds of a whole generation. */
export function generationCeiling(sizes, lengths, newTokens, weightBytes, machine) {
  const steps = Array.from({ length: newTokens - 1 }, (_, step) =>
    tokenCeiling(
      sizes,
      lengths.map((length) => length + step + 1),
      weightBytes,
      machine,
    ),
  );
  return prefillCeiling(sizes, lengths, weightBytes, machine) + sum(steps);
}

/**
 * Returns the seconds of a PPO step: one pass without gradient through policy and reference, `epochs` with gradient, and
 * an update of Adam per minibatch.
 */
export function ppoCeiling(sizes, { prompts, responses, miniBatchSize, epochs }, machine) {
  const lengths = prompts.map((length, row) => length + responses[row]);
  const forward = forwardOperations(sizes, lengths, sum(responses));
  const updates = (epochs * prompts.length) / miniBatchSize;
  const adam = (updates * ADAM_ARRAYS * FLOAT_BYTES * sizes.parameters) / machine.bytesPerSecond;
  return ((2 + TRAINING_PASSES * epochs) * forward) / machine.flopsPerSecond + adam;
}
