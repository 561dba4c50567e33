import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { hashFile } from "../data/load.ts";
import { DialoguePpoError } from "../errors.ts";
import type { DownloadProgress } from "../hub/download.ts";
import { type ResolveOptions, resolveModel } from "../hub/snapshot.ts";
import type { Logger } from "../log.ts";
import { chooseDevice, setThreads } from "../model/engine.ts";
import { LanguageModel } from "../model/language-model.ts";
import { Tokenizer } from "../model/tokenizer.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { starterFolder } from "../package.ts";
import { childMeantBy } from "../run/folder.ts";

/** Folders of what a run loads. */
export interface ModelFolders {
  readonly child: string;
  readonly teacher: string;
  readonly childTokenizer: string;
  readonly teacherTokenizer: string;
}

/**
 * The folder of a model that a user named: a local folder, or a repository of the hub, downloaded into the shared cache.
 * @throws DialoguePpoError ERR_MODEL, also for a run's folder, naming the child that lies in it; ERR_NETWORK
 */
export async function modelFolder(
  who: "child" | "teacher",
  name: string,
  options: ResolveOptions,
): Promise<string> {
  const folder = await resolveModel(name, options).catch((cause: unknown) => {
    if (who === "child" || !(cause instanceof DialoguePpoError) || cause.code !== "ERR_NETWORK") throw cause;
    const message = `${cause.message}, and so does the starter teacher, without --teacher`;
    throw new DialoguePpoError("ERR_NETWORK", message, { cause });
  });
  const meant = childMeantBy(name);
  if (meant !== undefined) {
    throw new DialoguePpoError(
      "ERR_MODEL",
      `${name} is a folder of a run, not a model; its child is ${meant}`,
    );
  }
  if (existsSync(path.join(folder, "config.json"))) return folder;
  throw new DialoguePpoError("ERR_MODEL", `${name} is no model folder: it has no config.json`);
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

/**
 * Finds models and tokenizers: a folder, a repository of the hub (downloaded into the shared cache), or the starter's.
 * @throws DialoguePpoError ERR_MODEL, ERR_NETWORK
 */
export async function findModels(
  config: Pick<TrainConfig, "child" | "teacher" | "childTokenizer" | "teacherTokenizer" | "revision">,
  log: Logger,
  call: { signal?: AbortSignal | undefined; onDownload?: DownloadProgress | undefined } = {},
): Promise<ModelFolders> {
  const options = {
    revision: config.revision,
    signal: call.signal,
    onProgress: call.onDownload,
    onStart: (id: string, bytes: number) => log.info(`downloading ${id}: ${gigabytes(bytes)}`),
    onNotice: (message: string) => log.warn(message),
  };
  const find = async (name: string | undefined, who: "child" | "teacher"): Promise<string> => {
    const folder = name === undefined ? path.join(starterFolder, who) : await modelFolder(who, name, options);
    log.info(`${who}: ${name ?? `the starter ${who}`}`);
    return folder;
  };
  const child = await find(config.child, "child");
  const teacher = await find(config.teacher, "teacher");
  const beside = async (name: string | undefined, folder: string): Promise<string> =>
    name === undefined ? folder : await resolveModel(name, { ...options, wanted: "tokenizer" });
  return {
    child,
    teacher,
    childTokenizer: await beside(config.childTokenizer, child),
    teacherTokenizer: await beside(config.teacherTokenizer, teacher),
  };
}

/** sha256 over configuration and weights of a model folder: what ties a run to its models. */
export async function hashModel(folder: string): Promise<string> {
  const names = readdirSync(folder)
    .filter((name) => name === "config.json" || /\.(safetensors|bin)$/.test(name))
    .sort();
  const hash = createHash("sha256");
  for (const name of names) hash.update(`${name}\0${await hashFile(path.join(folder, name))}\n`);
  return hash.digest("hex");
}

/** Both participants, loaded. */
export interface LoadedModels {
  readonly child: LanguageModel;
  readonly childTokenizer: Tokenizer;
  readonly teacher: LanguageModel;
  readonly teacherTokenizer: Tokenizer;
  readonly device: string;
}

/**
 * Loads child (float32, trainable, with value head) and teacher (bfloat16 on CUDA).
 *
 * @param childFrom the folder of the child's weights: the model itself, or a checkpoint's child
 * @throws DialoguePpoError ERR_MODEL, ERR_TOKENIZER, ERR_DEVICE, ERR_CHECKPOINT_FORMAT
 */
export async function loadModels(
  folders: ModelFolders,
  childFrom: string,
  config: Pick<TrainConfig, "device" | "threads" | "seed">,
): Promise<LoadedModels> {
  if (config.threads !== undefined) setThreads(config.threads);
  const device = chooseDevice(config.device);
  const childTokenizer = await Tokenizer.load(folders.childTokenizer);
  const teacherTokenizer = await Tokenizer.load(folders.teacherTokenizer);
  const child = await LanguageModel.load(childFrom, {
    device,
    trainable: true,
    valueHead: true,
    seed: config.seed,
  });
  const dtype = device === "cpu" ? "float32" : "bfloat16";
  const teacher = await LanguageModel.load(folders.teacher, { device, dtype });
  return { child, childTokenizer, teacher, teacherTokenizer, device };
}
