import { refuse } from "../errors.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { nearestName } from "../nearest-name.ts";

/** Family of a model. */
export type Architecture = "opt" | "llama";

/** Dimensions of a model. */
export interface ModelShape {
  /** Width of the hidden states. */
  readonly hiddenSize: number;
  /** Number of layers. */
  readonly layers: number;
  /** Number of attention heads. */
  readonly heads: number;
  /** Number of key and value heads. Only Llama models may have fewer than attention heads. */
  readonly kvHeads: number;
  /** Width of the feed-forward network. */
  readonly ffnSize: number;
  /** Number of positions, which is the length of the longest input in tokens. */
  readonly positions: number;
}

const shape = (
  hiddenSize: number,
  layers: number,
  heads: number,
  ffnSize: number,
  positions: number,
  kvHeads = heads,
): ModelShape => ({ hiddenSize, layers, heads, kvHeads, ffnSize, positions });

/** Dimensions of the named sizes. `125m` and `1.3b` equal the published OPT models, and `1b` equals Llama 3.2. */
const SIZES: Record<Architecture, Readonly<Record<string, ModelShape>>> = {
  opt: {
    tiny: shape(128, 3, 4, 512, 1024),
    small: shape(256, 4, 4, 1024, 1024),
    medium: shape(512, 8, 8, 2048, 2048),
    "125m": shape(768, 12, 12, 3072, 2048),
    "1.3b": shape(2048, 24, 32, 8192, 2048),
  },
  llama: {
    tiny: shape(128, 4, 4, 384, 1024, 2),
    small: shape(256, 4, 4, 768, 1024, 2),
    medium: shape(512, 8, 8, 1536, 2048, 4),
    "1b": shape(2048, 16, 32, 8192, 8192, 8),
  },
};

function checkShape(chosen: ModelShape, architecture: Architecture): void {
  for (const [name, value] of Object.entries(chosen)) {
    if (!Number.isInteger(value) || value < 1) refuse(`${name} ${value}: expected a whole number above 0`);
  }
  const { hiddenSize, heads, kvHeads, positions } = chosen;
  if (hiddenSize % heads !== 0) refuse(`hiddenSize ${hiddenSize} is not a multiple of heads ${heads}`);
  if (architecture === "llama" && (hiddenSize / heads) % 2 !== 0) {
    refuse(`hiddenSize ${hiddenSize} over heads ${heads} is odd; rotary positions need an even number`);
  }
  if (heads % kvHeads !== 0) refuse(`heads ${heads} is not a multiple of kvHeads ${kvHeads}`);
  // A dialogue of 400 words and another turn must fit with any vocabulary.
  if (positions < 1024) refuse(`positions ${positions}: expected at least 1024`);
}

/**
 * Returns the dimensions of a named size with changes. Unless they are given, the feed-forward width changes in
 * proportion to the hidden size, and the number of key and value heads follows the number of heads.
 *
 * @throws DialoguePpoError ERR_CONFIG for an unknown name or dimensions that do not fit together
 */
export function resolveShape(
  architecture: Architecture,
  size: string,
  changes: { readonly [Name in keyof ModelShape]?: number | undefined } = {},
): ModelShape {
  const sizes = SIZES[architecture];
  const base = sizes[size];
  if (base === undefined) {
    const near = nearestName(size, Object.keys(sizes));
    const hint = near ? `did you mean "${near}"?` : `expected one of ${Object.keys(sizes).join(", ")}`;
    refuse(`size "${size}" of ${architecture}: ${hint}`);
  }
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const chosen = { ...base, ...given };
  if (changes.hiddenSize !== undefined && changes.ffnSize === undefined) {
    chosen.ffnSize = Math.round((base.ffnSize / base.hiddenSize) * changes.hiddenSize);
  }
  if (changes.heads !== undefined && changes.kvHeads === undefined) {
    chosen.kvHeads = architecture === "opt" || changes.heads % 2 !== 0 ? changes.heads : changes.heads / 2;
  }
  checkShape(chosen, architecture);
  return chosen;
}

/**
 * Returns the content of config.json as transformers writes it.
 *
 * @param dtype type of the stored weights
 */
export function modelConfig(
  architecture: Architecture,
  shape: ModelShape,
  tokenizer: Tokenizer,
  dtype: "float32" | "float16",
): Record<string, unknown> {
  const { hiddenSize, layers, heads, kvHeads, ffnSize, positions } = shape;
  const ids = {
    vocab_size: tokenizer.vocabSize,
    bos_token_id: tokenizer.bosId,
    eos_token_id: tokenizer.eosId,
    pad_token_id: tokenizer.padId,
  };
  const common = {
    ...ids,
    hidden_size: hiddenSize,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    max_position_embeddings: positions,
    tie_word_embeddings: true,
    use_cache: true,
    torch_dtype: dtype,
  };
  if (architecture === "opt") {
    return {
      architectures: ["OPTForCausalLM"],
      model_type: "opt",
      ...common,
      ffn_dim: ffnSize,
      word_embed_proj_dim: hiddenSize,
      do_layer_norm_before: true,
      activation_function: "relu",
      dropout: 0.1,
      attention_dropout: 0,
      layerdrop: 0,
      init_std: 0.02,
      prefix: "</s>",
    };
  }
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    ...common,
    intermediate_size: ffnSize,
    num_key_value_heads: kvHeads,
    head_dim: hiddenSize / heads,
    hidden_act: "silu",
    rms_norm_eps: 1e-5,
    initializer_range: 0.02,
    rope_theta: 10000,
    attention_bias: false,
    mlp_bias: false,
    attention_dropout: 0,
  };
}
