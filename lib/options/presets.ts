import type { PresetName } from "./tables/run.ts";
import type { TrainConfig } from "./train-config.ts";

/** Named sets of options. They take precedence over the defaults, and the environment over them. */
export const PRESETS: Readonly<Record<PresetName, Partial<TrainConfig>>> = {
  starter: {
    evalFraction: 0.05,
    scorePreset: "turn",
    learningRate: 1e-4,
    maxNewTokens: 40,
    batchSize: 16,
    ptxCoef: 1,
    steps: 120,
  },
  // The values of the original experiment's README. The child samples at temperature 1 unless flags change it.
  switchboard: {
    child: "Talking-Babies/opt-Talking-Babies-train_100M_2048_preprocess",
    childTokenizer: "Talking-Babies/opt-tokenizer",
    teacher: "meta-llama/Llama-3.2-1B-Instruct",
    outputDir: "checkpoints_dialogue_ppo",
    wandbProject: "dialogue-ppo-taaco-experiment",
    minWords: 20,
    maxWords: 400,
    batchSize: 8,
    miniBatchSize: 4,
    ppoEpochs: 4,
    learningRate: 1.41e-5,
    maxNewTokens: 80,
    teacherTemperature: 0.5,
    teacherTopK: 50,
    teacherTopP: 0.95,
    epochs: 1,
  },
};
