import { existsSync } from "node:fs";
import path from "node:path";
import { hashFile } from "../data/load.ts";
import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { starterDialogues } from "../package.ts";
import { INFO_FILE } from "../pretrain/publish.ts";
import { infoFile, readRunJson, runFolder, type TrainingInfo } from "../run/folder.ts";

/** Which part of a file is held out. */
export type Split = Pick<TrainConfig, "evalFraction" | "seed">;

/** How a model's training data was parted, as the model's folder tells. */
export interface KnownSplit extends Split {
  readonly model: string;
  readonly dataHash: string;
}

/** Of a child made by `pretrain`, or one that lies in a checkpoint of a run; undefined when nothing is known. */
export function splitOf(model: string): KnownSplit | undefined {
  const pretrained = path.join(model, INFO_FILE);
  if (existsSync(pretrained)) {
    const { split, data } = readRunJson<{ split: Split; data: { sha256: string } }>(pretrained);
    return { model, ...split, dataHash: data.sha256 };
  }
  const checkpoint = path.dirname(path.resolve(model));
  const { config } = runFolder(path.dirname(checkpoint));
  if (!existsSync(infoFile(checkpoint)) || !existsSync(config)) return undefined;
  const { dataHash, seed } = readRunJson<TrainingInfo>(infoFile(checkpoint));
  const { evalFraction } = readRunJson<Pick<TrainConfig, "evalFraction">>(config);
  return { model, evalFraction, seed, dataHash };
}

/** The flags that hold out the same part. */
export const splitFlags = ({ evalFraction, seed }: Split): string =>
  `--eval-fraction ${evalFraction} --seed ${seed}`;

/** Whether all that `inner` holds out `outer` holds out too: under one seed the smaller part lies in the larger one. */
export const coversHeldOut = (outer: Split, inner: Split): boolean =>
  outer.evalFraction >= inner.evalFraction && outer.seed === inner.seed;

/**
 * Warns when a run is going to train on dialogues that its child held out: none would be left to evaluate on that
 * neither has seen.
 */
export async function warnOfLostSplit(
  config: Pick<TrainConfig, "child" | "data" | "evalFraction" | "seed">,
  log: Logger,
): Promise<void> {
  const known = config.child === undefined ? undefined : splitOf(config.child);
  const file = config.data ?? starterDialogues;
  if (known === undefined || known.evalFraction === 0 || coversHeldOut(config, known)) return;
  if (!existsSync(file) || (await hashFile(file)) !== known.dataHash) return;
  log.warn(
    `${known.model} held out a part of ${file}; this run trains on it and holds out ` +
      `${config.evalFraction === 0 ? "nothing" : "another one"}. To keep the same part apart: ${splitFlags(known)}`,
  );
}
