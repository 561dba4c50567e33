import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { cacheFolder } from "../../native/tools/find-libtorch.js";
import type { Dialogue } from "../data/dialogue.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { calibrate, corpusHash } from "../reward/calibrate.ts";
import { type Calibration, spaceIdentities } from "../reward/calibration.ts";
import { readCalibration, writeCalibration } from "../reward/calibration-file.ts";
import { presetOf, type ScorePreset } from "../reward/presets.ts";
import { Scorer } from "../reward/scorer.ts";
import type { RunFolder } from "../run/folder.ts";
import { cachedSpaces, learnSpaces, loadSpaces, saveSpaces } from "../spaces/spaces.ts";
import { SPACE_KINDS } from "../taaco/names.ts";
import { Taaco, type TaacoOptions } from "../taaco/taaco.ts";
import type { VectorSpace } from "../taaco/types.ts";

export type ScoringConfig = Pick<
  TrainConfig,
  "scorePreset" | "indexMode" | "scoredText" | "calibration" | "spaces" | "taacoLists" | "seed"
>;

/** A scorer with what it was made from. */
export interface Scoring {
  readonly scorer: Scorer;
  readonly spaces: readonly VectorSpace[];
  /** Undefined for preset `original`, which has none. */
  readonly calibration: Calibration | undefined;
}

interface Material {
  readonly config: ScoringConfig;
  readonly dialogues: readonly Dialogue[];
  readonly prompts: readonly Prompt[];
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
}

/** Kinds of semantic space that a preset's indices need. */
export function spaceKindsOf(preset: ScorePreset): VectorSpace["kind"][] {
  const names = preset.terms.map(({ index }) => index.replace(/^dppo_turn_/, ""));
  return SPACE_KINDS.filter((kind) => names.some((name) => name === kind || name.startsWith(`${kind}_`)));
}

function taacoOptions(config: ScoringConfig): TaacoOptions {
  const mode = config.scorePreset === "original" ? "experiment" : config.indexMode;
  const lists = config.taacoLists === undefined ? {} : { lists: { officialDirectory: config.taacoLists } };
  return { mode, ...lists };
}

/** Lemmas of each training dialogue: what spaces are learnt from. */
function lemmaDocuments(dialogues: readonly Dialogue[], taaco: Taaco): string[][] {
  return dialogues.map(({ turns }) => taaco.modelOf({ turns }).tokens.map(({ lemma }) => lemma));
}

async function spacesFor({ config, dialogues, log, signal }: Material): Promise<VectorSpace[]> {
  const kinds = spaceKindsOf(presetOf(config.scorePreset));
  if (config.spaces !== undefined) return loadSpaces(config.spaces);
  if (kinds.length === 0) return [];
  const text = dialogues.map(({ text }) => text).join("\0");
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return cachedSpaces(`train-${hash}-${kinds.join("-")}-${config.seed}`, async () => {
    log.info(`learning semantic spaces (${kinds.join(", ")}) from ${dialogues.length} training dialogues`);
    const documents = lemmaDocuments(dialogues, await Taaco.create(taacoOptions(config)));
    return learnSpaces(documents, { kinds, seed: config.seed, signal });
  });
}

async function calibrationFor(material: Material, taaco: Taaco): Promise<Calibration> {
  const { config, prompts, log, signal } = material;
  if (config.calibration !== undefined) return readCalibration(config.calibration);
  const key = createHash("sha256")
    .update(
      JSON.stringify([corpusHash(prompts), spaceIdentities(taaco.spaces), taaco.mode, taaco.listSource]),
    )
    .update(`${config.scoredText} ${config.scorePreset}`)
    .digest("hex")
    .slice(0, 24);
  const file = path.join(cacheFolder(), "calibrations", `${key}.json`);
  if (existsSync(file)) return readCalibration(file);
  log.info(`measuring the indices on ${prompts.length} training dialogues`);
  const presets = [presetOf(config.scorePreset)];
  const calibration = await calibrate(taaco, prompts, { scoredText: config.scoredText, presets, signal });
  await writeCalibration(file, calibration);
  return calibration;
}

async function scoringOf(
  config: ScoringConfig,
  spaces: readonly VectorSpace[],
  calibrationOf: (taaco: Taaco) => Promise<Calibration>,
): Promise<Scoring> {
  const taaco = await Taaco.create({ ...taacoOptions(config), spaces });
  const calibration = config.scorePreset === "original" ? undefined : await calibrationOf(taaco);
  const { scorePreset: preset, indexMode, scoredText } = config;
  const scorer = await Scorer.create({
    preset,
    indexMode,
    scoredText,
    taaco,
    ...(calibration ? { calibration } : {}),
  });
  return { scorer, spaces, calibration };
}

/** A scorer for a new run: spaces and calibration are given, or learnt from the training dialogues and cached. */
export async function makeScoring(material: Material): Promise<Scoring> {
  return scoringOf(material.config, await spacesFor(material), (taaco) => calibrationFor(material, taaco));
}

/** Keeps spaces and calibration with the run, so that a resumed one scores alike whatever became of the cache. */
export async function storeScoring({ spaces, calibration }: Scoring, folder: RunFolder): Promise<void> {
  if (spaces.length > 0) await saveSpaces(folder.spaces, spaces);
  if (calibration) await writeCalibration(folder.calibration, calibration);
}

/** The scorer that a run was begun with. */
export async function restoreScoring(config: ScoringConfig, folder: RunFolder): Promise<Scoring> {
  const spaces = existsSync(folder.spaces) ? await loadSpaces(folder.spaces) : [];
  return scoringOf(config, spaces, () => readCalibration(folder.calibration));
}
