/**
 * Fine-tunes a small language model by PPO so that it continues dialogues more cohesively.
 *
 * Data and TAACO work without the native addon; models, trainers and {@link train} load it at their first call.
 *
 * @packageDocumentation
 */
export type { Dialogue, Turn } from "./data/dialogue.ts";
export { type LoadDialoguesOptions, type LoadedDialogues, loadDialogues } from "./data/load.ts";
export { DialoguePpoError, type ErrorCode } from "./errors.ts";
export type { Logger } from "./log.ts";
export {
  type GenerateOptions,
  LanguageModel,
  type LoadOptions,
  type ModelInfo,
} from "./model/language-model.ts";
export { type LmOptions, type LmStepResult, LmTrainer } from "./model/lm-trainer.ts";
export { type PpoBatch, type PpoOptions, type PpoStepResult, PpoTrainer } from "./model/ppo-trainer.ts";
export { type EncodeOptions, Tokenizer } from "./model/tokenizer.ts";
export type { SampleRecord } from "./run/records.ts";
export { learnSpaces, loadSpaces } from "./spaces/spaces.ts";
export { Taaco, type TaacoOptions } from "./taaco/taaco.ts";
export type { AnnotatedText, AnnotatedToken, TaacoInput, Tagger, VectorSpace } from "./taaco/types.ts";
export type { IndexValues } from "./taaco/values.ts";
export type { RewardFunction, RewardSample } from "./train/custom-reward.ts";
export type { TrainStep } from "./train/loop.ts";
export { type TrainInput, type TrainOptions, type TrainResult, train } from "./train/train.ts";
