import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { PretrainConfig } from "./config.ts";
import type { PretrainCorpus } from "./corpus.ts";
import type { Progress } from "./state.ts";

/** What is written beside a model: from what it was made and how good it is. Nothing of the text itself. */
export const INFO_FILE = "pretraining_info.json";

/** Whether a folder already holds a model or a run, which must not be overwritten. */
export function isOccupied(output: string): boolean {
  return ["config.json", "model.safetensors", INFO_FILE].some((name) => existsSync(path.join(output, name)));
}

/** Why a run ended. */
export type Ending = "steps" | "patience" | "minutes" | "stopAfter" | "interrupted";

function infoOf(
  config: PretrainConfig,
  corpus: PretrainCorpus,
  progress: Progress,
  parameters: number,
  ending: Ending,
): object {
  const { data, output: _, device: __, tokenizer, ...rest } = config;
  const { evalFraction, seed } = config;
  return {
    // Other commands hold out the same dialogues when they share these.
    split: { evalFraction, seed },
    data: {
      file: path.basename(data),
      sha256: corpus.hash,
      training: corpus.train.length,
      heldOut: corpus.evaluation.length,
    },
    ending,
    step: progress.step,
    totalSteps: progress.totalSteps,
    tokens: progress.tokens,
    seconds: Math.round(progress.seconds),
    heldOut: progress.best,
    parameters,
    config: { ...rest, ...(tokenizer === undefined ? {} : { tokenizer: path.basename(tokenizer) }) },
  };
}

/** End tokens as generation needs them: in a chat the text may end as well as the turn. */
function generationConfig(tokenizer: Tokenizer): object {
  const ends = [tokenizer.eosId, tokenizer.tokenToId("<|end_of_text|>")].filter((id) => id !== undefined);
  return {
    bos_token_id: tokenizer.bosId,
    eos_token_id: ends.length === 1 ? ends[0] : ends,
    pad_token_id: tokenizer.padId,
  };
}

/**
 * Puts weights into the output folder as a model that can be used: config, weights of the type asked for, generation
 * settings and the figures of the run. Each file is replaced whole, the weights last.
 *
 * @param weights a model folder
 */
export async function publish(
  weights: string,
  parts: {
    config: PretrainConfig;
    corpus: PretrainCorpus;
    tokenizer: Tokenizer;
    progress: Progress;
    ending: Ending;
  },
): Promise<void> {
  const { config, corpus, tokenizer, progress, ending } = parts;
  const temporary = path.join(config.output, ".model.tmp");
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  const model = await LanguageModel.load(weights, { dtype: config.dtype });
  await model.save(temporary);
  const info = infoOf(config, corpus, progress, model.config.parameters, ending);
  await model.dispose();
  const write = (name: string, value: object): void =>
    writeFileSync(path.join(temporary, name), `${JSON.stringify(value, undefined, 2)}\n`);
  write("generation_config.json", generationConfig(tokenizer));
  write(INFO_FILE, info);
  const names = readdirSync(temporary).toSorted((a) => (a === "model.safetensors" ? 1 : -1));
  for (const name of names) renameSync(path.join(temporary, name), path.join(config.output, name));
  rmSync(temporary, { recursive: true });
}
