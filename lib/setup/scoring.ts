import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import type { Calibration } from "../reward/calibration.ts";
import { readCalibration, writeCalibration } from "../reward/calibration-file.ts";
import type { ScorePreset } from "../reward/preset.ts";
import { readPreset, writePreset } from "../reward/preset-file.ts";
import { resolvePreset } from "../reward/presets.ts";
import { Scorer } from "../reward/scorer.ts";
import type { RunFolder } from "../run/folder.ts";
import { readManifest } from "../run/manifest.ts";
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
  const scorer = Scorer.create({ preset, indexMode, scoredText, taaco, log, calibration });
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

/**
 * Returns whether a run was trained with a reward of the user's own. Such a run stores no preset.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the preset is lost, or nothing says whether the run had one
 */
export function hasOwnReward({ root, scorePreset }: RunFolder): boolean {
  if (existsSync(scorePreset)) return false;
  const name = path.basename(scorePreset);
  const files = readManifest(root)?.files;
  if (files !== undefined && !Object.hasOwn(files, name)) return true;
  const problem =
    files === undefined
      ? `${root} has neither ${name} nor manifest.json, so nothing says with which reward the run was trained; ` +
        "restore them from a copy; a run with a reward of its own goes on with that one as the option reward"
      : `${scorePreset}, with the reward of the run, is missing; restore it from a copy`;
  throw new DialoguePpoError("ERR_CHECKPOINT_FORMAT", problem);
}

/**
 * Restores the scorer with which a run began.
 * @throws DialoguePpoError ERR_CONFIG when the run was trained with a custom reward, ERR_CHECKPOINT_FORMAT when its
 *   reward is lost
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
