import type { Dialogue } from "../data/dialogue.ts";
import type { List } from "../data/list.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";
import { describeOrigin, OptionalCache } from "../optional-cache.ts";
import { packageVersion } from "../package.ts";
import type { Calibration } from "../reward/calibration.ts";
import { readCalibration, writeCalibration } from "../reward/calibration-file.ts";
import { calibrationKey, corpusHash, measureCalibration } from "../reward/measure-calibration.ts";
import type { ScorePreset } from "../reward/preset.ts";
import { LANGUAGE_INDEX, languageWarning } from "../taaco/language.ts";
import { ANALYSIS_VERSION, type Taaco } from "../taaco/taaco.ts";
import { promptsOf } from "./prompts.ts";
import type { ScoringInput } from "./scoring-input.ts";

/**
 * Returns the prompts with the turns that follow. When the prompts are whole dialogues, their last turns are split off.
 */
function calibrationSamples(dialogues: List<Dialogue>, prompts: List<Prompt>): List<Prompt> {
  return prompts.at(0)?.human != null ? prompts : promptsOf(dialogues, -1);
}

/** Warns when the texts of a calibration are hardly English, if it measures what tells so. */
function checkLanguage({ text, turn }: Calibration, log: Logger): void {
  const table = LANGUAGE_INDEX in text.all ? text : turn;
  const moments = table.all[LANGUAGE_INDEX];
  if (moments === undefined) return;
  const words = table.bands.reduce((sum, band) => sum + band.words * band.texts, 0);
  const warning = languageWarning(moments.mean, words);
  if (warning !== undefined) log.warn(warning);
}

/**
 * Measures the indices of the presets on the prompts, or reads the calibration from the cache when it was measured on
 * the same prompts before. A cache that cannot be read or written is no error.
 *
 * @throws DialoguePpoError ERR_DATA when no dialogue has a turn to calibrate on, ERR_ABORTED
 */
export async function prepareCalibration(
  { config, dialogues, prompts, log, signal, onProgress }: ScoringInput,
  taaco: Taaco,
  presets: readonly ScorePreset[],
): Promise<Calibration> {
  const samples = calibrationSamples(dialogues, prompts);
  const options = {
    scoredText: config.scoredText,
    presets,
    signal,
    onProgress: (done: number, total: number) => onProgress?.("calibrate", done, total),
  };
  const key = `${packageVersion()}-${ANALYSIS_VERSION}-${calibrationKey(taaco, samples, options)}`;
  const cache = new OptionalCache("calibrations", "calibration", (message) => log.warn(message));
  const name = `${key}.json`;
  const known = await cache.read(name, async (file) =>
    readCalibration(file, { corpusHash: corpusHash(samples) }),
  );
  if (known) {
    log.info(`calibration: ${describeOrigin("measured on", known.origin)}`);
    checkLanguage(known.value, log);
    return known.value;
  }
  log.info(`measuring the indices on ${formatCount(samples.length, "training dialogue")}`);
  const calibration = await measureCalibration(taaco, samples, options);
  await cache.write(name, async (file) => writeCalibration(file, calibration));
  checkLanguage(calibration, log);
  return calibration;
}
