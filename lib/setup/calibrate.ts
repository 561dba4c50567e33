import { type CallOptions, checkCall, type PhaseProgress } from "../call.ts";
import { withCallbacks } from "../callbacks.ts";
import { describeSeen, seenFileBeside, seenText } from "../data/seen.ts";
import { loadTrainingData, logDataWarnings } from "../data/training-data.ts";
import { DialoguePpoError } from "../errors.ts";
import { writeTogether } from "../files/atomic-file.ts";
import { checkOutput } from "../files/check-output.ts";
import { refuseInputAsOutput } from "../files/output-place.ts";
import { hashFile } from "../hash.ts";
import { silentLogger } from "../log.ts";
import { splitOptions } from "../options/check.ts";
import type { OptionInput } from "../options/option.ts";
import { type ConfigSources, isGiven, resolveConfig } from "../options/resolve.ts";
import { CALIBRATE_OPTIONS } from "../options/tables/reward.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { Calibration } from "../reward/calibration.ts";
import { calibrationText } from "../reward/calibration-file.ts";
import type { ScorePreset } from "../reward/preset.ts";
import { calibratedPresets, resolvePreset } from "../reward/presets.ts";
import { Taaco } from "../taaco/taaco.ts";
import { prepareCalibration } from "./calibration.ts";
import { buildPrompts } from "./prompts.ts";
import { taacoOptions } from "./scoring-input.ts";
import { prepareSpaces } from "./spaces.ts";

/** Options of {@link calibrate}: the output file, and the options of a run for data and scoring. */
export type CalibrateInput = Partial<TrainConfig> & OptionInput<typeof CALIBRATE_OPTIONS>;

/** Signal, log and callback of a calibration. When it is aborted, nothing is written. */
export interface CalibrateOptions extends CallOptions {
  /**
   * Called with the phase, its progress and its total: `analyse` and the kind of each space, while spaces are learned,
   * then `calibrate`.
   */
  readonly onProgress?: PhaseProgress | undefined;
}

/** A calibration and its file. */
export interface CalibrateResult {
  /** File of the calibration. */
  readonly output: string;
  /** Number of dialogues on which the indices were measured. */
  readonly dialogues: number;
  readonly calibration: Calibration;
}

/**
 * Returns the presets to measure: the preset of the options, else all presets of the package that need statistics.
 * @throws DialoguePpoError ERR_CONFIG for a preset that needs no statistics
 */
function presetsToMeasure(name: string | undefined): ScorePreset[] {
  if (name === undefined) return calibratedPresets();
  const preset = resolvePreset(name);
  if (preset.raw) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `--score-preset ${name} takes raw values and needs no calibration; expected taaco, turn or a file of your own`,
    );
  }
  return [preset];
}

/** Calibrates with options from several sources; `calibrate` and the command line share it. */
export async function calibrateFrom(
  output: string,
  sources: ConfigSources,
  { signal, onProgress, log = silentLogger }: CalibrateOptions = {},
): Promise<CalibrateResult> {
  const seenFile = seenFileBeside(output);
  checkOutput(output, "file", log);
  checkOutput(seenFile, "file");
  const resolved = resolveConfig(sources);
  const { config } = resolved;
  refuseInputAsOutput(output, [config.data, config.scorePreset, config.spaces]);
  const presets = presetsToMeasure(isGiven(resolved, "scorePreset") ? config.scorePreset : undefined);
  const data = await loadTrainingData(config);
  logDataWarnings(data, log);
  const { file, train } = data;
  const prompts = buildPrompts(train, config.promptTurns);
  const input = { config, dialogues: train, prompts, log, signal, onProgress };
  const spaces = await prepareSpaces(input, presets);
  const taaco = await Taaco.create({ ...taacoOptions(config), spaces });
  const calibration = await prepareCalibration(input, taaco, presets);
  const { evalFraction, seed } = config;
  const seen = await describeSeen(train, { sha256: await hashFile(file), evalFraction, seed });
  // A calibration beside the list of another one would hide which dialogues it has seen.
  const files = [
    [seenFile, seenText(seen)],
    [output, calibrationText(calibration)],
  ] as const;
  writeTogether(files, { shared: true });
  return { output, dialogues: calibration.corpus.dialogues, calibration };
}

/**
 * Measures the means and standard deviations of the indices on the training dialogues, with which z-scores are
 * computed. Writes them to a file that `train` and `score` take as `calibration`. Without `scorePreset`, measures the
 * indices of every preset that needs statistics.
 *
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA, ERR_ABORTED
 * @example
 * const { output, dialogues } = await calibrate({ data: "dialogues.csv", output: "calibration.json" });
 * console.log(output, dialogues);
 */
export async function calibrate(
  input: CalibrateInput = {},
  options: CalibrateOptions = {},
): Promise<CalibrateResult> {
  checkCall("calibrate", input, options, { onProgress: "function" });
  const { own, rest: flags } = splitOptions(CALIBRATE_OPTIONS, input);
  return withCallbacks(options, (call) => calibrateFrom(own.output, { flags }, call));
}
