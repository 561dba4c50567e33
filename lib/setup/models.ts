import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { DownloadCallOptions } from "../call.ts";
import type { Participant } from "../dialogue/exchange.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatBytes } from "../format.ts";
import { Group } from "../group/group.ts";
import { hashFile } from "../hash.ts";
import { resolveModel } from "../hub/snapshot.ts";
import type { Logger } from "../log.ts";
import { chooseDevice, setThreads } from "../model/engine.ts";
import { checkModelFolder } from "../model/folder.ts";
import { LanguageModel, type LoadOptions } from "../model/language-model.ts";
import { TOKENIZER_FILES, Tokenizer } from "../model/tokenizer.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { starterFolder } from "../package.ts";
import { findChildFolder } from "../run/folder.ts";
import type { Role } from "../sample.ts";

/** Log, signal and callback of the preparation of models, which may download them. */
export type ModelCall = DownloadCallOptions & { readonly log: Logger };

/** Folders of a model and of its tokenizer. */
export interface ModelFolders {
  readonly model: string;
  readonly tokenizer: string;
}

function resolveOptions(revision: string, { log, signal, onDownload }: ModelCall) {
  return {
    revision,
    signal,
    onProgress: onDownload,
    onStart: (id: string, bytes: number) => log.info(`downloading ${id}: ${formatBytes(bytes)}`),
    onNotice: (message: string) => log.warn(message),
  };
}

/**
 * Returns the folder of a model that the user named: a local folder, or a hub repository downloaded into the cache.
 * @param wanted "weights" when the tokenizer comes from elsewhere
 */
async function resolveNamedModel(
  role: Role,
  name: string,
  wanted: "model" | "weights",
  options: ReturnType<typeof resolveOptions>,
): Promise<string> {
  const folder = await resolveModel(name, { ...options, wanted }).catch((cause: unknown) => {
    if (role === "child" || !(cause instanceof DialoguePpoError) || cause.code !== "ERR_NETWORK") throw cause;
    const message = `${cause.message}, and so does the starter teacher, without --teacher`;
    throw new DialoguePpoError("ERR_NETWORK", message, { cause });
  });
  const child = findChildFolder(name);
  if (child !== undefined) {
    throw new DialoguePpoError(
      "ERR_MODEL",
      `${name} is a folder of a run, not a model; its child is ${child}`,
    );
  }
  checkModelFolder(folder, name);
  return folder;
}

/**
 * Finds a model and its tokenizer: in a local folder, in a hub repository, which is downloaded into the shared cache,
 * or, without a name, the starter model. The name of a repository can end in `@revision`.
 *
 * @throws DialoguePpoError ERR_MODEL when there is no model; for the folder of a run the message names the child in it,
 *   and for an adapter or a model in another format it names the remedy
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when a file of the model is incomplete or something else, ERR_NETWORK
 */
export async function findModel(
  role: Role,
  config: Pick<TrainConfig, Role | `${Role}Tokenizer` | "revision">,
  call: ModelCall,
): Promise<ModelFolders> {
  const name = config[role];
  const tokenizerName = config[`${role}Tokenizer`];
  const options = resolveOptions(config.revision, call);
  const wanted = tokenizerName === undefined ? "model" : "weights";
  call.log.info(`${role}: ${name ?? `the starter ${role}`}`);
  const model =
    name === undefined
      ? path.join(starterFolder, role)
      : await resolveNamedModel(role, name, wanted, options);
  const tokenizer =
    tokenizerName === undefined ? model : await findTokenizer(tokenizerName, config.revision, call);
  return { model, tokenizer };
}

/** Finds a tokenizer that the user named: in a local folder, or in a hub repository. */
export const findTokenizer = (name: string, revision: string, call: ModelCall): Promise<string> =>
  resolveModel(name, { ...resolveOptions(revision, call), wanted: "tokenizer" });

/** Returns the sha256 of the names and contents of files in a folder, in hex. */
async function hashFiles(folder: string, names: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const name of names.toSorted()) hash.update(`${name}\0${await hashFile(path.join(folder, name))}\n`);
  return hash.digest("hex");
}

/** Returns the sha256 of the configuration and the weights in a model folder, in hex. */
export const hashModel = (folder: string): Promise<string> =>
  hashFiles(
    folder,
    readdirSync(folder).filter((name) => name === "config.json" || /\.(safetensors|bin)$/.test(name)),
  );

/**
 * Returns the sha256 of the files of a folder that a tokenizer is read from, in hex. Files that are not read, such as
 * vocab.json beside tokenizer.json, do not count.
 */
export async function hashTokenizer(folder: string): Promise<string> {
  const present = TOKENIZER_FILES.filter((name) => existsSync(path.join(folder, name)));
  const unread = [
    "tokenizer.model",
    ...(present.includes("tokenizer.json") ? ["vocab.json", "merges.txt"] : []),
  ];
  return hashFiles(
    folder,
    present.filter((name) => !unread.includes(name)),
  );
}

/**
 * Sets the number of threads, if it is given, and returns the name of the device to use. Processes that work together
 * share the cores and the GPUs of a machine.
 *
 * @throws DialoguePpoError ERR_DEVICE when the device does not exist
 */
export async function openEngine(
  { device, threads: given }: Pick<TrainConfig, "device" | "threads">,
  group: Group = Group.alone,
): Promise<string> {
  const shared = await group.chooseThreads();
  const threads = given ?? shared;
  if (threads !== undefined) setThreads(threads);
  return chooseDevice(device, group.launch?.localRank);
}

/** Options for sampling and token ids of both models. */
export type ParticipantConfig = Pick<
  TrainConfig,
  `${Role}Temperature` | `${Role}TopK` | `${Role}TopP` | `${Role}EosTokenId` | `${Role}PadTokenId`
>;

/**
 * Loads a model with its tokenizer, sampling options and token ids. The child is float32. The teacher is bfloat16 on a
 * GPU, whose memory a large teacher would exceed in float32. On a CPU, 16-bit weights of a teacher stay as they are
 * stored, and half as many bytes are read for each token. Sums are float32; only a CPU with units for bfloat16 also
 * rounds what enters and leaves the products of many rows.
 *
 * @param load further options of loading, for a model that is trained
 * @throws DialoguePpoError ERR_MODEL, ERR_TOKENIZER, ERR_DEVICE, ERR_CHECKPOINT_FORMAT
 */
export async function loadParticipant(
  role: Role,
  folders: ModelFolders,
  config: ParticipantConfig,
  device: string,
  load: LoadOptions = {},
): Promise<Participant> {
  const teacherType = device === "cpu" ? "auto" : "bfloat16";
  const dtype = role === "teacher" ? teacherType : "float32";
  const tokenizer = await Tokenizer.load(folders.tokenizer).catch(async (cause: unknown) => {
    // For a model of an unsupported family, that is the error to report, not its kind of tokenizer.
    const model = await LanguageModel.load(folders.model, { device, dtype });
    await model.dispose();
    throw cause;
  });
  // An embedding can have more rows than the tokenizer has ids, for example when it is padded to a multiple of 64.
  const tokenIds = tokenizer.ids;
  const model = await LanguageModel.load(folders.model, { device, dtype, tokenIds, ...load });
  return {
    model,
    tokenizer,
    sampling: {
      temperature: config[`${role}Temperature`],
      topK: config[`${role}TopK`],
      topP: config[`${role}TopP`],
    },
    ids: { endId: config[`${role}EosTokenId`], padId: config[`${role}PadTokenId`] },
  };
}
