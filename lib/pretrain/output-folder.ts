import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describeSeen, SEEN_FILE, writeSeen } from "../data/seen.ts";
import { DialoguePpoError } from "../errors.ts";
import { writeFilesAtomic } from "../files/atomic-folder.ts";
import { formatJson, shellWord } from "../format.ts";
import { LanguageModel } from "../model/language-model.ts";
import { TOKENIZER_FILES } from "../model/tokenizer.ts";
import type { StepEnding } from "../run/ending.ts";
import { PRETRAINING_INFO } from "../run/folder.ts";
import { readPretrainingInfo } from "../run/pretraining-info.ts";
import type { PretrainComponents } from "./components.ts";
import type { PretrainConfig } from "./config.ts";
import type { PretrainCorpus } from "./corpus.ts";
import { PRETRAINING_LOG } from "./log.ts";
import { holdsState, type Progress } from "./saved-state.ts";

const WEIGHTS = "model.safetensors";
const GENERATION_CONFIG = "generation_config.json";

type Encoders = Pick<PretrainComponents, "tokenizer" | "chat">;

/** Returns whether a folder holds files of a model, which a new run must not overwrite. */
export function isOccupied(output: string): boolean {
  return ["config.json", WEIGHTS, PRETRAINING_INFO].some((name) => existsSync(path.join(output, name)));
}

/**
 * Refuses an output folder without a model whose files the run would write over, such as a tokenizer that somebody made
 * for another use. Those of a run that ended before its first state was saved have its log beside them.
 *
 * @param tokenizer folder of the tokenizer that the run uses, which can be the output folder
 * @throws DialoguePpoError ERR_CONFIG
 */
export function refuseOtherFiles(output: string, tokenizer: string | undefined): void {
  if (existsSync(path.join(output, PRETRAINING_LOG))) return;
  const isSame = tokenizer !== undefined && path.resolve(tokenizer) === path.resolve(output);
  const written = [...(isSame ? [] : TOKENIZER_FILES), GENERATION_CONFIG, SEEN_FILE];
  const taken = written.find((name) => existsSync(path.join(output, name)));
  if (taken === undefined) return;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `${output} holds no model, but a ${taken} that a run would write over; pass another --output` +
      (TOKENIZER_FILES.includes(taken) ? `, or --tokenizer ${shellWord(output)} to use this tokenizer` : ""),
  );
}

/**
 * Remembers which files of a tokenizer an output folder holds.
 * @returns a function that removes those that came later, unless the folder has a log, a state or a model: a run that
 *   ended before its first step leaves nothing
 */
export function watchTokenizerFiles(output: string): () => void {
  const present = (): string[] => TOKENIZER_FILES.filter((name) => existsSync(path.join(output, name)));
  const before = present();
  return () => {
    if (isOccupied(output) || holdsState(output) || existsSync(path.join(output, PRETRAINING_LOG))) return;
    for (const name of present().filter((each) => !before.includes(each))) rmSync(path.join(output, name));
  };
}

/** Reason why a run ended. */
export type Ending = StepEnding | "patience" | "minutes";

function trainingInfo(
  config: PretrainConfig,
  corpus: PretrainCorpus,
  progress: Progress,
  parameters: number,
  ending: Ending,
): object {
  const { data, output: _, device: __, tokenizer, ...rest } = config;
  const { evalFraction, seed } = config;
  return {
    // Commands with the same fraction and seed hold out the same dialogues.
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

/**
 * Returns the content of generation_config.json. A chat model ends a turn with the token of its chat form, and may end
 * it with the end-of-text token too.
 */
function generationConfig({ tokenizer, chat }: Encoders): object {
  const named = [chat?.endId, tokenizer.eosId, tokenizer.tokenToId("<|end_of_text|>")];
  const ends = [...new Set(named.filter((id) => id !== undefined))];
  return {
    bos_token_id: tokenizer.bosId,
    eos_token_id: ends.length === 1 ? ends[0] : ends,
    pad_token_id: tokenizer.padId,
  };
}

/**
 * Writes the model to the output folder: its configuration, the weights in the configured type, generation settings and
 * the figures of the run.
 *
 * @param weights model folder with the weights to write
 */
export async function writeModel(
  weights: string,
  parts: {
    config: PretrainConfig;
    corpus: PretrainCorpus;
    progress: Progress;
    ending: Ending;
  } & Encoders,
): Promise<void> {
  const { config, corpus, progress, ending } = parts;
  const model = await LanguageModel.load(weights, { dtype: config.dtype });
  const info = trainingInfo(config, corpus, progress, model.config.parameters, ending);
  const write = async (folder: string): Promise<void> => {
    await model.save(folder);
    const files = { [GENERATION_CONFIG]: generationConfig(parts), [PRETRAINING_INFO]: info };
    for (const [name, value] of Object.entries(files)) {
      writeFileSync(path.join(folder, name), formatJson(value));
    }
    const { evalFraction, seed } = config;
    const source = { sha256: corpus.hash, evalFraction, seed };
    writeSeen(folder, await describeSeen(corpus.train, source));
  };
  try {
    await writeFilesAtomic(config.output, write, WEIGHTS);
  } finally {
    await model.dispose();
  }
}

/** The end of a run that left a model in the output folder. */
export interface EndedRun {
  readonly ending: Ending;
  /** Number of steps that were done. */
  readonly step: number;
  /** Best held-out perplexity, or null if nothing was measured. */
  readonly perplexity: number | null;
  /** Options of the run. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Reads how the run in the output folder ended.
 *
 * @returns undefined if the folder has no model yet
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the file is damaged
 */
export function readEndedRun(output: string): EndedRun | undefined {
  const info = readPretrainingInfo(output);
  if (info === undefined) return undefined;
  const { ending, step, heldOut, config } = info;
  return { ending, step, perplexity: heldOut?.perplexity ?? null, config };
}
