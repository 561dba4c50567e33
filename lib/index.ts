/**
 * Fine-tunes a small language model by PPO so that it continues dialogues more cohesively.
 *
 * Data and TAACO work without the native addon; models, trainers and {@link train} load it at their first call.
 *
 * @packageDocumentation
 */
export type { CallOptions, DownloadCallOptions, DownloadProgress, PhaseProgress } from "./call.ts";
export type { Dialogue } from "./data/dialogue.ts";
export { type LoadDialoguesOptions, type LoadedDialogues, loadDialogues } from "./data/load.ts";
export type { ChatMarker } from "./dialogue/teacher-chat.ts";
export { DialoguePpoError, type ErrorCode } from "./errors.ts";
export {
  type EvaluateInput,
  type EvaluateOptions,
  type EvaluateResult,
  evaluate,
} from "./evaluate/evaluate.ts";
export type { Reply } from "./generate/conversation.ts";
export { type GenerateInput, generate } from "./generate/generate.ts";
export type { Logger } from "./log.ts";
export {
  type GenerateOptions,
  LanguageModel,
  type LoadOptions,
  type ModelInfo,
} from "./model/language-model.ts";
export { type LmOptions, type LmPlan, type LmStepResult, LmTrainer } from "./model/lm-trainer.ts";
export { type PpoBatch, type PpoOptions, type PpoStepResult, PpoTrainer } from "./model/ppo-trainer.ts";
export { type EncodeOptions, Tokenizer } from "./model/tokenizer.ts";
export type { TrainConfig } from "./options/train-config.ts";
export type { Ending } from "./pretrain/output-folder.ts";
export { type PretrainInput, type PretrainResult, pretrain } from "./pretrain/pretrain.ts";
export type { PretrainOptions } from "./pretrain/run.ts";
export { type ReportInput, type ReportResult, report } from "./report/report.ts";
export type {
  BatchScoring,
  Reward,
  RewardFailure,
  RewardFunction,
  RewardResult,
  SamplePrompt,
} from "./reward/reward.ts";
export type { Baselines, Comparison, EvaluationRecord, EvaluationSample } from "./run/evaluation.ts";
export type { SampleRecord } from "./run/records.ts";
export type { Sample, ScoredSample, Turn } from "./sample.ts";
export { type ScoreInput, type ScoreResult, score } from "./score/score.ts";
export type { TextScore } from "./score/sink.ts";
export {
  type CalibrateInput,
  type CalibrateOptions,
  type CalibrateResult,
  calibrate,
} from "./setup/calibrate.ts";
export { createTaacoReward } from "./setup/taaco-reward.ts";
export { type BuildResult, type BuildSpacesInput, buildSpaces, type CorpusCall } from "./spaces/build.ts";
export {
  type CountFrequenciesInput,
  countFrequencies,
  type FrequenciesResult,
} from "./spaces/frequencies.ts";
export { type ImportResult, importSpaces } from "./spaces/import.ts";
export { inspectSpaces, type SpaceInfo, type SpacesInfo } from "./spaces/info.ts";
export type { LearnSpacesOptions } from "./spaces/learn.ts";
export { loadSpaces } from "./spaces/load.ts";
export { learnSpaces } from "./spaces/spaces.ts";
export type { WordVectors } from "./spaces/vectors.ts";
export type { Explanation } from "./taaco/families/evidence.ts";
export { type IndexOptions, Taaco, type TaacoOptions } from "./taaco/taaco.ts";
export type {
  AnnotatedText,
  AnnotatedToken,
  ArithmeticMode,
  IndexValues,
  TaacoInput,
  Tagger,
  VectorSpace,
} from "./taaco/types.ts";
export { type CheckOptions, type CheckReport, check } from "./train/check.ts";
export type { TeacherPromptReport } from "./train/check-teacher.ts";
export type { CheckItem } from "./train/checklist.ts";
export { countSteps, type StepCount } from "./train/count-steps.ts";
export type { Estimate } from "./train/estimate.ts";
export type { TrainStep } from "./train/loop.ts";
export {
  type NewRunInput,
  type ResumeInput,
  type RunPlan,
  type TrainInput,
  type TrainOptions,
  type TrainResult,
  train,
} from "./train/train.ts";
