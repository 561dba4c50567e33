import { existsSync } from "node:fs";
import { DialoguePpoError } from "../errors.ts";
import type { Calibration } from "../reward/calibration.ts";
import { readCalibration, writeCalibration } from "../reward/calibration-file.ts";
import type { ScorePreset } from "../reward/preset.ts";
import { readPreset, writePreset } from "../reward/preset-file.ts";
import { resolvePreset } from "../reward/presets.ts";
import { Scorer } from "../reward/scorer.ts";
import type { RunFolder } from "../run/folder.ts";
import { loadSpaces } from "../spaces/load.ts";
import { saveSpaces } from "../spaces/spaces.ts";
import { Taaco } from "../taaco/taaco.ts";
import type { VectorSpace } from "../taaco/types.ts";
import { prepareCalibration } from "./calibration.ts";
import { type ScoringInput, taacoOptions } from "./scoring-input.ts";
import { prepareSpaces } from "./spaces.ts";

/** A scorer, and the data from which it was prepared. */
export interface Scoring {
  readonly scorer: Scorer;
  /** The analyser that the scorer measures with. */
  readonly taaco: Taaco;
  readonly spaces: readonly VectorSpace[];
  /** Statistics for z-scores; undefined for a raw preset. */
  readonly calibration: Calibration | undefined;
}

async function assembleScoring(
  { config, log }: Pick<ScoringInput, "config" | "log">,
  preset: ScorePreset,
  spaces: readonly VectorSpace[],
  calibrate: (taaco: Taaco) => Calibration | Promise<Calibration>,
): Promise<Scoring> {
  const taaco = await Taaco.create({ ...taacoOptions(config, preset.experiment), spaces });
  const calibration = preset.raw ? undefined : await calibrate(taaco);
  const { indexMode, scoredText } = config;
  const statistics = calibration ? { calibration } : {};
  const scorer = Scorer.create({ preset, indexMode, scoredText, taaco, log, ...statistics });
  return { scorer, taaco, spaces, calibration };
}

/**
 * Prepares the scorer of a new run. Spaces and calibration are read from the files that the options name. Otherwise
 * they are learned and measured on the training dialogues, and cached.
 *
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA, ERR_ABORTED
 */
export async function prepareScoring(input: ScoringInput): Promise<Scoring> {
  const { calibration, scorePreset } = input.config;
  const preset = resolvePreset(scorePreset);
  const spaces = await prepareSpaces(input, [preset]);
  return assembleScoring(input, preset, spaces, (taaco) =>
    calibration === undefined ? prepareCalibration(input, taaco, [preset]) : readCalibration(calibration),
  );
}

/**
 * Saves preset, spaces and calibration in the run's folder, so that a resumed run needs neither cache nor other files.
 */
export async function saveScoring(
  { scorer, spaces, calibration }: Scoring,
  folder: RunFolder,
): Promise<void> {
  writePreset(folder.scorePreset, scorer.preset);
  if (spaces.length > 0) await saveSpaces(folder.spaces, spaces);
  if (calibration) writeCalibration(folder.calibration, calibration);
}

/** Returns whether a run was trained with a reward of the user's own. Such a run stores no preset. */
export const hasOwnReward = (folder: RunFolder): boolean => !existsSync(folder.scorePreset);

/**
 * Restores the scorer with which a run began.
 * @throws DialoguePpoError ERR_CONFIG when the run was trained with a custom reward
 */
export async function restoreScoring(
  input: Pick<ScoringInput, "config" | "log">,
  folder: RunFolder,
): Promise<Scoring> {
  if (hasOwnReward(folder)) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `the run in ${folder.root} was trained with a reward of its own; expected the same one as the option reward`,
    );
  }
  const spaces = existsSync(folder.spaces) ? await loadSpaces(folder.spaces) : [];
  return assembleScoring(input, readPreset(folder.scorePreset), spaces, () =>
    readCalibration(folder.calibration),
  );
}
