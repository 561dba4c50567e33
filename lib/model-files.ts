import path from "node:path";
import { parseJson, readTextFile } from "./files/text-file.ts";

interface WeightFormat {
  /** Name of the file with all weights. Its index of shards has the same name with `.index.json` behind it. */
  readonly whole: string;
  /** Names of files with all weights or some of them. */
  readonly parts: RegExp;
}

/**
 * Formats of weights in the order in which a model folder is searched for them. Files such as
 * consolidated.safetensors hold the same weights again, for other programs.
 */
const WEIGHTS: readonly WeightFormat[] = [
  { whole: "model.safetensors", parts: /^model[\w.-]*\.safetensors$/ },
  { whole: "pytorch_model.bin", parts: /^pytorch_model[\w.-]*\.bin$/ },
];

/** Returns whether a file has the name of weights, all of them or some. */
export const isWeightsName = (name: string): boolean => WEIGHTS.some(({ parts }) => parts.test(name));

/** The weights that are loaded: a whole file, or an index of shards. */
interface ChosenWeights extends WeightFormat {
  /** Name of the index; undefined for a whole file. */
  readonly index: string | undefined;
}

/**
 * Returns which weights of a folder or repository are loaded. A variant in another precision, such as
 * model.fp16.safetensors, is none of them.
 *
 * @param names names of all files
 */
export function chooseWeights(names: ReadonlySet<string>): ChosenWeights | undefined {
  for (const format of WEIGHTS) {
    if (names.has(format.whole)) return { ...format, index: undefined };
    const index = `${format.whole}.index.json`;
    if (names.has(index)) return { ...format, index };
  }
  return undefined;
}

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
  const chosen = chooseWeights(names);
  if (chosen === undefined) return undefined;
  const { whole, index } = chosen;
  return { files: index === undefined ? [whole] : readShards(path.join(folder, index)), index };
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
 * Names the format of a folder or repository without a configuration or without weights that can be loaded, and says
 * what to do. The text continues the sentence "it is ...".
 *
 * @param names names of the files and folders in it
 * @returns undefined when no known format fits
 */
export function describeOtherFormat(names: Iterable<string>): string | undefined {
  const all = [...names];
  return OTHER_FORMATS.find(([pattern]) => all.some((name) => pattern.test(name)))?.[1];
}
