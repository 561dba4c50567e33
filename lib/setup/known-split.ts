import { existsSync } from "node:fs";
import path from "node:path";
import type { Split } from "../data/split.ts";
import { hashFile } from "../hash.ts";
import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { starterDialogues } from "../package.ts";
import { infoFile, runFolder } from "../run/folder.ts";
import { readRunOptions } from "../run/located-run.ts";
import { readPretrainingInfo } from "../run/pretraining-info.ts";
import { readTrainingInfo } from "../run/training-info.ts";

/** The split of the data that a model was trained on, as recorded in the model's folder. */
export interface KnownSplit extends Split {
  /** Folder of the model. */
  readonly model: string;
  /** sha256 of the data file. */
  readonly dataHash: string;
}

/**
 * Reads the split of a child from the records of `pretrain` or of the run that trained it.
 * @returns undefined when the folder records no split
 */
export function readKnownSplit(model: string): KnownSplit | undefined {
  const pretrained = readPretrainingInfo(model);
  if (pretrained) return { model, ...pretrained.split, dataHash: pretrained.data.sha256 };
  const directory = path.dirname(path.resolve(model));
  const root = path.dirname(directory);
  if (!existsSync(infoFile(directory))) return undefined;
  const info = readTrainingInfo(directory);
  const { dataHash, seed, step, config } = info;
  // An older version stores the options in the folder of the run only, from which the checkpoint can have been copied.
  if (config === undefined && !existsSync(runFolder(root).config)) return undefined;
  const { evalFraction = 0 } = readRunOptions(root, { step, directory }, info) as Partial<Split>;
  return { model, evalFraction, seed, dataHash };
}

/** Returns the flags that hold out the same part. */
export const formatSplitFlags = ({ evalFraction, seed }: Split): string =>
  `--eval-fraction ${evalFraction} --seed ${seed}`;

/**
 * Returns whether `outer` holds out everything that `inner` holds out. With the same seed, a larger part contains every
 * smaller one.
 */
const coversHeldOut = (outer: Split, inner: Split): boolean =>
  outer.evalFraction >= inner.evalFraction && outer.seed === inner.seed;

/** Warns when a run trains on dialogues that its child held out, because they would no longer be unseen. */
export async function warnAboutLostSplit(
  config: Pick<TrainConfig, "child" | "data" | "evalFraction" | "seed">,
  log: Logger,
): Promise<void> {
  const known = config.child === undefined ? undefined : readKnownSplit(config.child);
  const file = config.data ?? starterDialogues;
  if (known === undefined || known.evalFraction === 0 || coversHeldOut(config, known)) return;
  if (!existsSync(file) || (await hashFile(file)) !== known.dataHash) return;
  log.warn(
    `${known.model} held out a part of ${file}; this run trains on it and holds out ` +
      `${config.evalFraction === 0 ? "nothing" : "another one"}. To keep the same part apart: ${formatSplitFlags(known)}`,
  );
}
