export type { Dialogue, Turn } from "./data/dialogue.ts";
export { type LoadDialoguesOptions, type LoadedDialogues, loadDialogues } from "./data/load.ts";
export { DialoguePpoError, type ErrorCode } from "./errors.ts";
export { type GenerateOptions, LanguageModel, type LoadOptions } from "./model/language-model.ts";
export { type LmOptions, LmTrainer } from "./model/lm-trainer.ts";
export { type PpoBatch, type PpoOptions, type PpoStepResult, PpoTrainer } from "./model/ppo-trainer.ts";
export { type EncodeOptions, Tokenizer } from "./model/tokenizer.ts";
export { Taaco, type TaacoInput, type TaacoOptions } from "./taaco/taaco.ts";
export type { AnnotatedText, AnnotatedToken, Tagger, VectorSpace } from "./taaco/types.ts";
