import { existsSync } from "node:fs";
import path from "node:path";
import { readJsonObject } from "./json-file.ts";

/**
 * Settings with which `generate` of transformers changes which tokens are drawn or where a text ends, each with the
 * value at which it does nothing. Temperature, top-k and top-p are not among them: the options of a run set them.
 */
const NEUTRAL: Readonly<Record<string, unknown>> = {
  repetition_penalty: 1,
  encoder_repetition_penalty: 1,
  no_repeat_ngram_size: 0,
  encoder_no_repeat_ngram_size: 0,
  bad_words_ids: null,
  force_words_ids: null,
  constraints: null,
  sequence_bias: null,
  suppress_tokens: null,
  begin_suppress_tokens: null,
  forced_bos_token_id: null,
  forced_eos_token_id: null,
  forced_decoder_ids: null,
  min_length: 0,
  min_new_tokens: 0,
  exponential_decay_length_penalty: null,
  stop_strings: null,
  max_time: null,
  typical_p: 1,
  min_p: 0,
  top_h: null,
  epsilon_cutoff: 0,
  eta_cutoff: 0,
  penalty_alpha: 0,
  guidance_scale: 1,
  num_beams: 1,
  num_beam_groups: 1,
  diversity_penalty: 0,
  watermarking_config: null,
  dola_layers: null,
  token_healing: false,
};

const LONGEST_VALUE = 40;

function isNeutral(name: string, value: unknown): boolean {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return value === null || value === undefined || value === false || isEmpty || value === NEUTRAL[name];
}

/**
 * Returns the settings of a model folder's generation_config.json, else of its config.json, that `generate` of
 * transformers follows and this package does not, each with its value.
 *
 * @throws DialoguePpoError ERR_MODEL when the file holds no JSON object
 */
export function ignoredGenerationSettings(folder: string): { file: string; settings: string[] } {
  const file = ["generation_config.json", "config.json"].find((name) => existsSync(path.join(folder, name)));
  if (file === undefined) return { file: "config.json", settings: [] };
  const values = readJsonObject(path.join(folder, file), "ERR_MODEL");
  const active = Object.keys(NEUTRAL).filter((name) => !isNeutral(name, values[name]));
  const settings = active.map((name) => {
    const text = JSON.stringify(values[name]);
    return `${name} ${text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text}`;
  });
  return { file, settings };
}
