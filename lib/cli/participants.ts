import path from "node:path";
import type { Participant } from "../dialogue/exchange.ts";
import type { Logger } from "../log.ts";
import { chooseDevice, setThreads } from "../model/engine.ts";
import { LanguageModel } from "../model/language-model.ts";
import { Tokenizer } from "../model/tokenizer.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { starterFolder } from "../package.ts";
import { type Checkpoint, childFolder, locateCheckpoint, readRunJson, runFolder } from "../run/folder.ts";
import { modelFolder } from "../train/models.ts";

export type Who = "child" | "teacher";

/** A run's checkpoint with the options the run was made with. */
export interface LocatedRun extends Checkpoint {
  readonly root: string;
  readonly config: Record<string, unknown>;
}

/**
 * Finds a run's checkpoint: the newest, or that of a step.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT
 */
export function locateRun(target: string, step: number | undefined): LocatedRun {
  const found = locateCheckpoint(target, step);
  return { ...found, config: readRunJson(runFolder(found.root).config) };
}

/** The folder of the child that a checkpoint holds. */
export const childOf = ({ directory }: Checkpoint): string => childFolder(directory);

/** A folder, a repository of the hub (downloaded when it is not there), or the starter model. */
export async function findModel(
  who: Who,
  name: string | undefined,
  call: { readonly revision: string; readonly log: Logger; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const { revision, log, signal } = call;
  log.info(`${who}: ${name ?? `the starter ${who}`}`);
  if (name === undefined) return path.join(starterFolder, who);
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString("en-US")} MB`;
  return modelFolder(who, name, {
    revision,
    signal,
    onStart: (id, bytes) => log.info(`downloading ${id}: ${megabytes(bytes)}`),
    onNotice: (message) => log.warn(message),
  });
}

/** Uses the number of threads asked for and gives the device's name. */
export function openEngine({ device, threads }: Pick<TrainConfig, "device" | "threads">): string {
  if (threads !== undefined) setThreads(threads);
  return chooseDevice(device);
}

/**
 * Loads a speaker to be asked, not trained.
 *
 * @param folder of the model
 * @param tokenizerFolder when it is not the model's
 */
export async function loadParticipant(
  who: Who,
  folder: string,
  config: TrainConfig,
  options: { device: string; tokenizerFolder?: string | undefined },
): Promise<Participant> {
  const { device, tokenizerFolder } = options;
  // A large teacher fits a graphics card in half precision only; nothing is learnt here that would need more.
  const dtype = who === "teacher" && device !== "cpu" ? "bfloat16" : "float32";
  const tokenizer = await Tokenizer.load(tokenizerFolder ?? folder);
  const model = await LanguageModel.load(folder, { device, dtype });
  return {
    model,
    tokenizer,
    sampling: {
      temperature: config[`${who}Temperature`],
      topK: config[`${who}TopK`],
      topP: config[`${who}TopP`],
    },
    ids: { endId: config[`${who}EosTokenId`], padId: config[`${who}PadTokenId`] },
  };
}
