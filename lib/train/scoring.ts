import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import type { Dialogue } from "../data/dialogue.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { cacheFolder, packageVersion } from "../package.ts";
import { calibrate, calibrationKey, corpusHash } from "../reward/calibrate.ts";
import type { Calibration } from "../reward/calibration.ts";
import { readCalibration, writeCalibration } from "../reward/calibration-file.ts";
import type { ScorePreset } from "../reward/preset.ts";
import { readPreset, writePreset } from "../reward/preset-file.ts";
import { presetOf, spaceKindsOf } from "../reward/presets.ts";
import { Scorer } from "../reward/scorer.ts";
import type { RunFolder } from "../run/folder.ts";
import { givenSpaces } from "../spaces/readers/official.ts";
import { cachedSpaces, learnSpaces, loadSpaces, saveSpaces } from "../spaces/spaces.ts";
import { SPACE_KINDS } from "../taaco/names.ts";
import { Taaco, type TaacoOptions } from "../taaco/taaco.ts";
import type { VectorSpace } from "../taaco/types.ts";
import { calibrationSamples } from "./calibration.ts";
import { analysed, lemmaDocuments } from "./documents.ts";

export type ScoringConfig = Pick<
  TrainConfig,
  "scorePreset" | "indexMode" | "scoredText" | "calibration" | "spaces" | "taacoLists" | "seed"
>;

/** A scorer with what it was made from. */
export interface Scoring {
  readonly scorer: Scorer;
  readonly spaces: readonly VectorSpace[];
  /** Undefined for a preset of raw values. */
  readonly calibration: Calibration | undefined;
}

/** What a scorer is made from. */
export interface Material {
  readonly config: ScoringConfig;
  readonly dialogues: readonly Dialogue[];
  readonly prompts: readonly Prompt[];
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
  /** Of measuring the calibration. */
  readonly onProgress?: (done: number, total: number) => void;
}

function taacoOptions(config: ScoringConfig, experiment: boolean): TaacoOptions {
  const mode = experiment ? "experiment" : config.indexMode;
  const lists = config.taacoLists === undefined ? {} : { lists: { officialDirectory: config.taacoLists } };
  return { mode, ...lists };
}

async function spacesFor(
  { config, dialogues, log, signal }: Material,
  presets: readonly ScorePreset[],
): Promise<VectorSpace[]> {
  const options = taacoOptions(
    config,
    presets.some(({ experiment }) => experiment),
  );
  const given = givenSpaces(config);
  // The official tool's loader throws away the first component of its spaces.
  if (given !== undefined) return loadSpaces(given, { dropFirst: options.mode !== "corrected" });
  const wanted = presets.flatMap(spaceKindsOf);
  const kinds = SPACE_KINDS.filter((kind) => wanted.includes(kind));
  if (kinds.length === 0) return [];
  let learnt = false;
  const text = dialogues.map(({ text }) => text).join("\0");
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const spaces = await cachedSpaces(
    // Another version may analyse language otherwise: what was learnt by it is left behind.
    `train-${packageVersion()}-${hash}-${kinds.join("-")}-${config.seed}-${options.mode}`,
    async () => {
      learnt = true;
      log.info(
        `learning semantic spaces (${kinds.join(", ")}) from ${formatCount(dialogues.length, "training dialogue")}`,
      );
      const documents = await lemmaDocuments(analysed(dialogues, await Taaco.create(options), { signal }));
      return learnSpaces(documents, { kinds, seed: config.seed, signal });
    },
  );
  if (!learnt)
    log.info(`semantic spaces (${kinds.join(", ")}): learnt from the same dialogues before, from the cache`);
  return spaces;
}

/** Measured on the prompts, or what was measured on the same ones before. */
async function measuredCalibration(
  { config, dialogues, prompts, log, signal, onProgress }: Material,
  taaco: Taaco,
  presets: readonly ScorePreset[],
): Promise<Calibration> {
  const samples = calibrationSamples(dialogues, prompts);
  const options = { scoredText: config.scoredText, presets, signal, ...(onProgress ? { onProgress } : {}) };
  const key = `${packageVersion()}-${calibrationKey(taaco, samples, options)}`;
  const file = path.join(cacheFolder(), "calibrations", `${key}.json`);
  if (existsSync(file)) {
    log.info("calibration: measured on the same dialogues before, from the cache");
    return readCalibration(file, { corpusHash: corpusHash(samples) });
  }
  log.info(`measuring the indices on ${formatCount(samples.length, "training dialogue")}`);
  const calibration = await calibrate(taaco, samples, options);
  await writeCalibration(file, calibration);
  return calibration;
}

/** Means and deviations of the presets' indices on the training dialogues. */
export async function makeCalibration(
  material: Material,
  presets: readonly ScorePreset[],
): Promise<Calibration> {
  const spaces = await spacesFor(material, presets);
  const taaco = await Taaco.create({ ...taacoOptions(material.config, false), spaces });
  return measuredCalibration(material, taaco, presets);
}

async function scoringOf(
  { config, log }: Pick<Material, "config" | "log">,
  preset: ScorePreset,
  spaces: readonly VectorSpace[],
  calibrationOf: (taaco: Taaco) => Promise<Calibration>,
): Promise<Scoring> {
  const taaco = await Taaco.create({ ...taacoOptions(config, preset.experiment), spaces });
  const calibration = preset.raw ? undefined : await calibrationOf(taaco);
  const { indexMode, scoredText } = config;
  const known = calibration ? { calibration } : {};
  const scorer = await Scorer.create({ preset, indexMode, scoredText, taaco, log, ...known });
  return { scorer, spaces, calibration };
}

/** A scorer for a new run: spaces and calibration are given, or learnt from the training dialogues and cached. */
export async function makeScoring(
  material: Material,
  preset = presetOf(material.config.scorePreset),
): Promise<Scoring> {
  const { config } = material;
  const spaces = await spacesFor(material, [preset]);
  return scoringOf(material, preset, spaces, (taaco) =>
    config.calibration === undefined
      ? measuredCalibration(material, taaco, [preset])
      : readCalibration(config.calibration),
  );
}

/** Keeps preset, spaces and calibration with the run, so that a resumed one scores alike whatever became of cache and files. */
export async function storeScoring(
  { scorer, spaces, calibration }: Scoring,
  folder: RunFolder,
): Promise<void> {
  await writePreset(folder.scorePreset, scorer.preset);
  if (spaces.length > 0) await saveSpaces(folder.spaces, spaces);
  if (calibration) await writeCalibration(folder.calibration, calibration);
}

/** The scorer that a run was begun with. */
export async function restoreScoring(
  material: Pick<Material, "config" | "log">,
  folder: RunFolder,
): Promise<Scoring> {
  const spaces = existsSync(folder.spaces) ? await loadSpaces(folder.spaces) : [];
  return scoringOf(material, readPreset(folder.scorePreset), spaces, () =>
    readCalibration(folder.calibration),
  );
}
