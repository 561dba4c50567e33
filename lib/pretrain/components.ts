import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { writeTokenizer } from "../bpe/tokenizer-files.ts";
import { TeacherChat } from "../dialogue/teacher-chat.ts";
import { dialogueText } from "../dialogue/text-rows.ts";
import { DialoguePpoError } from "../errors.ts";
import { temporaryFolder, writeError } from "../files/file-error.ts";
import type { Group } from "../group/group.ts";
import { LanguageModel } from "../model/language-model.ts";
import { LmTrainer } from "../model/lm-trainer.ts";
import { Tokenizer } from "../model/tokenizer.ts";
import { wordingTexts } from "./chat-rows.ts";
import type { PretrainConfig } from "./config.ts";
import type { PretrainCorpus } from "./corpus.ts";
import { currentWeights } from "./saved-state.ts";
import { type ModelShape, modelConfig, resolveShape } from "./sizes.ts";

/** The tokenizer, the model and the trainer of a run. */
export interface PretrainComponents {
  readonly tokenizer: Tokenizer;
  /** Chat form of the prompts that a teacher learns; undefined when the model learns plain text. */
  readonly chat: TeacherChat | undefined;
  readonly model: LanguageModel;
  readonly trainer: LmTrainer;
}

/**
 * Returns the dimensions of the model that a configuration describes.
 * @throws DialoguePpoError ERR_CONFIG for an unknown size or dimensions that do not fit together
 */
function modelShape(config: PretrainConfig): ModelShape {
  const { hiddenSize, layers, heads, kvHeads, ffnSize, positions } = config;
  const changes = { hiddenSize, layers, heads, kvHeads, ffnSize, positions };
  return resolveShape(config.architecture, config.size, changes);
}

/** Loads the tokenizer if the configuration names one. Otherwise learns one from the training texts. */
async function makeTokenizer(
  config: PretrainConfig,
  corpus: PretrainCorpus,
  folder: string,
  positions: number,
): Promise<Tokenizer> {
  if (config.tokenizer !== undefined) return Tokenizer.load(config.tokenizer);
  const dialogues = corpus.train.map(({ turns }) => dialogueText(turns));
  const texts = config.chat ? dialogues.concat(wordingTexts(dialogues.length)) : dialogues;
  const { architecture, vocabSize, minFrequency } = config;
  writeTokenizer(folder, architecture, texts, { vocabSize, positions, minFrequency });
  return Tokenizer.load(folder);
}

const chatOf = (config: PretrainConfig, tokenizer: Tokenizer): TeacherChat | undefined =>
  config.chat ? new TeacherChat(tokenizer) : undefined;

async function makeTrainer(model: LanguageModel, config: PretrainConfig, group: Group): Promise<LmTrainer> {
  const { learningRate, weightDecay, maxGradNorm, dropout, seed, bf16 } = config;
  const options = { learningRate, weightDecay, maxGradNorm, dropout, seed, autocastBf16: bf16 };
  return LmTrainer.create(model, options, group);
}

/** The device of the model, and the processes that share the work. */
interface Place {
  readonly device: string;
  readonly group: Group;
}

/** @throws DialoguePpoError ERR_CONFIG or ERR_IO when the folder of temporary files cannot be written to */
function makeTemporaryFolder(): string {
  try {
    return mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-tokenizer-"));
  } catch (error) {
    throw writeError(temporaryFolder(), error);
  }
}

/**
 * Creates the tokenizer, model and trainer of a new run, and writes the tokenizer to the output folder.
 *
 * @throws DialoguePpoError ERR_CONFIG when options do not fit together, ERR_TOKENIZER when the tokenizer cannot be
 *   loaded or has no chat form, ERR_DEVICE when the device is not available
 */
export async function createComponents(
  config: PretrainConfig,
  corpus: PretrainCorpus,
  { device, group }: Place,
): Promise<PretrainComponents> {
  const shape = modelShape(config);
  if (config.rowTokens > shape.positions) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `--row-tokens ${config.rowTokens} exceeds the ${shape.positions} positions`,
    );
  }
  // Nothing is written to the output folder before everything has been checked.
  const folder = makeTemporaryFolder();
  try {
    const tokenizer = await makeTokenizer(config, corpus, folder, shape.positions);
    const chat = chatOf(config, tokenizer);
    const json = JSON.stringify(
      modelConfig(config.architecture, shape, tokenizer, config.dtype),
      undefined,
      2,
    );
    const model = await LanguageModel.create(`${json}\n`, { trainable: true, seed: config.seed, device });
    const trainer = await makeTrainer(model, config, group);
    if (group.isFirst) tokenizer.copyTo(config.output);
    return { tokenizer, chat, model, trainer };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Loads the tokenizer, model and trainer of a run from a saved state. */
export async function loadComponents(
  config: PretrainConfig,
  stateFolder: string,
  { device, group }: Place,
): Promise<PretrainComponents> {
  const tokenizer = await Tokenizer.load(config.output);
  const model = await LanguageModel.load(currentWeights(stateFolder), { trainable: true, device });
  const trainer = await makeTrainer(model, config, group);
  await trainer.loadState(stateFolder);
  return { tokenizer, chat: chatOf(config, tokenizer), model, trainer };
}
