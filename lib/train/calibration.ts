import type { Dialogue } from "../data/dialogue.ts";
import { buildPrompt, type Prompt } from "../dialogue/prompt.ts";
import { DialoguePpoError } from "../errors.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { ScorePreset } from "../reward/preset.ts";
import { presetOf } from "../reward/presets.ts";
import { trainingData } from "./data.ts";
import { cutDialogues } from "./prompts.ts";

/** What a calibration is measured on. */
export interface CalibrationMaterial {
  readonly config: TrainConfig;
  readonly dialogues: readonly Dialogue[];
  readonly prompts: readonly Prompt[];
}

/**
 * Presets to measure: the one asked for, else all that need statistics.
 * @throws DialoguePpoError ERR_CONFIG for one that needs none
 */
export function presetsToMeasure(name: string | undefined): ScorePreset[] {
  if (name === undefined) return [presetOf("taaco"), presetOf("turn")];
  const preset = presetOf(name);
  if (preset.raw) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `--score-preset ${name} takes raw values and needs no calibration; expected taaco, turn or a file of your own`,
    );
  }
  return [preset];
}

/** Prompts with the turns that followed; where a prompt is a whole text, its last turn is held back instead. */
export function calibrationSamples(
  dialogues: readonly Dialogue[],
  prompts: readonly Prompt[],
): readonly Prompt[] {
  if (prompts.some(({ human }) => human !== null)) return prompts;
  return dialogues.flatMap((dialogue) => buildPrompt(dialogue) ?? []);
}

/**
 * The training dialogues of a configuration, cut into prompt and turn.
 * @throws DialoguePpoError ERR_DATA
 */
export async function calibrationMaterial(config: TrainConfig): Promise<CalibrationMaterial> {
  const { train } = await trainingData(config);
  return { config, dialogues: train, prompts: cutDialogues(train, config.promptTurns) };
}
