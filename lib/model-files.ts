import path from "node:path";
import { parseJson, readTextFile } from "./input.ts";

/** Files of weights in the order in which a model folder is searched for them. Each can also be an index of shards. */
const WEIGHTS = ["model.safetensors", "pytorch_model.bin"] as const;

/** The weights in a model folder. */
export interface WeightFiles {
  /** Names of the files with weights. */
  readonly files: readonly string[];
  /** Name of the index that lists them; undefined for a single file. */
  readonly index: string | undefined;
}

/**
 * Returns the files of weights that a model folder is loaded from.
 *
 * @param names names of the files in the folder
 * @returns undefined when there are none; with an index that cannot be read, the list is empty
 */
export function findWeights(folder: string, names: ReadonlySet<string>): WeightFiles | undefined {
  for (const whole of WEIGHTS) {
    if (names.has(whole)) return { files: [whole], index: undefined };
    const index = `${whole}.index.json`;
    if (names.has(index)) return { files: readShards(path.join(folder, index)), index };
  }
  return undefined;
}

function readShards(file: string): string[] {
  try {
    const expected = "an index of weights";
    const index = parseJson(readTextFile(file, "ERR_MODEL", expected), file, "ERR_MODEL", expected);
    const { weight_map: map } = index as { weight_map: object };
    return [...new Set(Object.values(map).filter((shard): shard is string => typeof shard === "string"))];
  } catch {
    // The loader of the weights says what is wrong with the index.
    return [];
  }
}

const CONVERT = "load it with transformers and save it with save_pretrained(..., safe_serialization=True)";

/** Formats of models that cannot be loaded here, each with its files and the remedy. The first that fits is named. */
const OTHER_FORMATS: readonly (readonly [RegExp, string])[] = [
  [
    /^adapter_(config\.json|model\.(safetensors|bin))$/,
    "a PEFT adapter, not a whole model; load it with PEFT, merge it into its base model with merge_and_unload(), and " +
      "name the folder of the merged model",
  ],
  [/^model_index\.json$/, "a pipeline of diffusers, not a language model"],
  [
    /\.(gguf|ggml)$/i,
    "in llama.cpp's format (GGUF); expected the original model, with config.json and safetensors",
  ],
  [
    /^(params\.json|consolidated[\w.-]*\.(pth|safetensors))$/,
    "in the format in which its authors trained it (consolidated weights); expected the version for transformers, with " +
      "config.json and model.safetensors",
  ],
  [/^(zero_to_fp32\.py|global_step\d+)$/, "a checkpoint of DeepSpeed; run its zero_to_fp32.py first"],
  [/\.distcp$/, "a checkpoint of FSDP in pieces; merge it with `accelerate merge-weights` first"],
  [/^flax_model[\w.-]*\.msgpack$/, `in Flax's format; ${CONVERT}, with from_flax=True`],
  [
    /^(tf_model[\w.-]*\.h5|saved_model\.pb|model\.ckpt[\w.-]*)$/,
    `in TensorFlow's format; ${CONVERT}, with from_tf=True`,
  ],
  [
    /^(onnx|[\w.-]*\.onnx|openvino[\w.-]*\.(xml|bin))$/,
    `in a format for inference only (ONNX, OpenVINO); ${CONVERT}`,
  ],
  [/^rust_model\.ot$/, `in the format of rust-bert; ${CONVERT}`],
  [/\.mlpackage$|^weights\.npz$/, "in a format of Apple's libraries; expected the version for transformers"],
];

/**
 * Returns what a folder or repository holds that has no configuration or no weights that can be loaded, and what to do.
 * The sentence continues "it is ...".
 *
 * @param names names of the files and folders in it
 * @returns undefined when no known format fits
 */
export function describeOtherFormat(names: Iterable<string>): string | undefined {
  const all = [...names];
  return OTHER_FORMATS.find(([pattern]) => all.some((name) => pattern.test(name)))?.[1];
}
