import { access as checkAccess, constants } from "node:fs/promises";
import path from "node:path";
import type { DownloadProgress } from "../call.ts";
import { DialoguePpoError } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import { fileErrorCode, fileErrorReason } from "../files/file-error.ts";
import { makeFolders } from "../files/make-folders.ts";
import { describeOtherFormat, isWeightsName } from "../model-files.ts";
import { listFiles, resolveCommit } from "./api.ts";
import {
  type CachedSnapshot,
  exists,
  findSnapshot,
  linkBlob,
  refFile,
  repositoryFolder,
  sizeOf,
  storedCommit,
} from "./cache.ts";
import { downloadBlob } from "./download.ts";
import { cacheError, type HubEnvironment, hubEnvironment } from "./environment.ts";
import { parseRepositoryName, requireRevision } from "./repository-name.ts";
import type { HubAccess } from "./request.ts";
import { type RemoteFile, type RepositoryContent, selectFiles } from "./select.ts";

/** Options of {@link resolveModel}. */
export interface ResolveOptions {
  /** Branch, tag or commit of a repository whose name has no `@revision`. Default "main". */
  readonly revision?: string;
  /**
   * The part of a repository that is needed. "model" is weights and tokenizer, "weights" need no tokenizer, and
   * "tokenizer" downloads only the tokenizer's files. Default "model".
   */
  readonly wanted?: RepositoryContent;
  /** Settings for access to the hub. Default: those of the process environment. */
  readonly environment?: HubEnvironment;
  /** Aborts requests and downloads. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the progress of each file. */
  readonly onProgress?: DownloadProgress | undefined;
  /** Called once before a download, with the repository's name and the number of bytes to download. */
  readonly onStart?: (id: string, bytes: number) => void;
  /**
   * Called with a message before a wait, and when the hub cannot be reached and the copy in the cache is used instead.
   */
  readonly onNotice?: (message: string) => void;
}

const ATTEMPTS = 5;
/** Attempts where a complete copy in the cache can take the place of an answer. */
const ATTEMPTS_WITH_COPY = 2;

/** Files of which a repository must have one. */
const MARKERS: Readonly<Record<RepositoryContent, readonly string[]>> = {
  model: ["config.json"],
  weights: ["config.json"],
  tokenizer: ["tokenizer.json", "vocab.json"],
};

const NOUNS: Readonly<Record<RepositoryContent, string>> = {
  model: "model",
  weights: "model",
  tokenizer: "tokenizer",
};

/** Throws when a listing has no files of the wanted part. */
function checkListing(
  { subject }: HubAccess,
  all: readonly RemoteFile[],
  selected: readonly RemoteFile[],
  wanted: RepositoryContent,
): void {
  const markers = MARKERS[wanted];
  const hasMarker = selected.some((file) => markers.includes(file.path));
  const hasWeights = selected.some((file) => isWeightsName(file.path));
  if (hasMarker && (hasWeights || wanted === "tokenizer")) return;
  const format = wanted === "tokenizer" ? undefined : describeOtherFormat(all.map(({ path }) => path));
  const reason = format === undefined ? "" : `; it is ${format}`;
  const lack = hasMarker
    ? "no weights (model.safetensors or pytorch_model.bin)"
    : `no ${markers.join(" or ")}`;
  throw new DialoguePpoError(
    "ERR_MODEL",
    `${subject.id} has ${lack} at revision ${subject.revision}; expected a ${NOUNS[wanted]}${reason}`,
  );
}

/**
 * Returns the files that a snapshot lacks. One of another size counts as lacking: a copy of the cache, or the power,
 * can have been cut.
 */
async function absentFiles(
  snapshot: string,
  files: readonly RemoteFile[],
  notify: ResolveOptions["onNotice"],
): Promise<RemoteFile[]> {
  const absent: RemoteFile[] = [];
  for (const file of files) {
    const place = path.join(snapshot, file.path);
    const size = await sizeOf(place);
    if (size === file.size) continue;
    absent.push(file);
    if (size !== undefined) {
      notify?.(`${place} has ${size} bytes and not the ${file.size} of the hub; it is downloaded again`);
    }
  }
  return absent;
}

/**
 * Writes the commit of a branch or tag into the cache. Only work offline needs it, and the model is there without it: a
 * cache that is shared or mounted into a container can be read-only.
 */
async function storeCommit(
  { hub, subject }: HubAccess,
  commit: string,
  notify: ResolveOptions["onNotice"],
): Promise<void> {
  const { id, revision } = subject;
  const repository = repositoryFolder(hub, id);
  if (revision === commit) return;
  try {
    if ((await storedCommit(repository, revision)) === commit) return;
    const ref = refFile(repository, revision);
    makeFolders(path.dirname(ref));
    writeFileAtomic(ref, commit, { shared: true });
  } catch (error) {
    if (!(error instanceof DialoguePpoError) && fileErrorCode(error) === undefined) throw error;
    const reason = error instanceof DialoguePpoError ? error.message : fileErrorReason(error);
    notify?.(
      `the cache cannot keep that "${revision}" of ${id} is ${commit}, so that it is not found offline: ${reason}`,
    );
  }
}

/** Downloads the missing files of a revision and returns the snapshot folder. */
async function download(access: HubAccess, options: ResolveOptions): Promise<string> {
  const { hub, subject } = access;
  const { wanted = "model", onProgress } = options;
  const repository = repositoryFolder(hub, subject.id);
  const commit = await resolveCommit(access);
  const listed = await listFiles(access, commit);
  const files = selectFiles(listed, wanted);
  checkListing(access, listed, files, wanted);
  const snapshot = path.join(repository, "snapshots", commit);
  const absent = await absentFiles(snapshot, files, options.onNotice);
  const bytes = absent.reduce((sum, file) => sum + file.size, 0);
  if (absent.length > 0) options.onStart?.(subject.id, bytes);
  try {
    for (const file of absent) {
      const blobFolder = path.join(repository, "blobs");
      const blob = await downloadBlob({ access, commit, file, blobFolder, onProgress });
      await linkBlob(blob, path.join(snapshot, file.path));
    }
  } catch (error) {
    throw cacheError(hub, error);
  }
  await storeCommit(access, commit, options.onNotice);
  return snapshot;
}

/** Returns the sentence about an incomplete copy in the cache. */
function describeLack(hub: HubEnvironment, id: string, cached: CachedSnapshot | undefined): string {
  if (cached === undefined) return `${id} is not in the cache ${hub.cacheRoot}`;
  const { missing, folder } = cached;
  const verb = missing.length === 1 && !missing[0]?.startsWith("the ") ? "is" : "are";
  return `the cached copy of ${id} is incomplete: ${missing.join(", ")} ${verb} not in the cache (${folder})`;
}

function offlineError(hub: HubEnvironment, id: string, cached: CachedSnapshot | undefined): DialoguePpoError {
  return new DialoguePpoError(
    "ERR_MODEL",
    `${describeLack(hub, id, cached)}, and ${hub.offlineBy} forbids downloading it; unset ${hub.offlineBy} for one run, or ` +
      "name a local folder of the model",
  );
}

/** Returns a network error that also says what the cache has, and names a local folder as the alternative. */
function unreachableError(
  hub: HubEnvironment,
  id: string,
  cached: CachedSnapshot | undefined,
  cause: DialoguePpoError,
): DialoguePpoError {
  const lack =
    cached === undefined && cause.message.includes(id) ? "" : `${describeLack(hub, id, cached)}, and `;
  const message = `${lack}${cause.message}; a local folder of the model will do`;
  return new DialoguePpoError("ERR_NETWORK", message, { cause });
}

/**
 * Returns the error for a model of which the cache has a complete copy, although the hub refuses it, or a newer commit
 * cannot be stored. An expired token, a repository that was renamed or closed or a cache that is read-only need not end
 * the work of those who have its files.
 */
function refusedError(id: string, cause: DialoguePpoError): DialoguePpoError {
  const message = `${cause.message}; the cache has a complete copy of ${id}, which HF_HUB_OFFLINE=1 uses`;
  return new DialoguePpoError(cause.code, message, { cause });
}

/** Returns the error for a cache that this user may not read. It could neither be used nor be completed. */
function unreadableError({ cacheRoot }: HubEnvironment, cause: unknown): unknown {
  if (!(cause instanceof DialoguePpoError) || cause.code !== "ERR_MODEL") return cause;
  const message = `the model cache ${cacheRoot} cannot be read: ${cause.message}; or set HF_HOME to another folder`;
  return new DialoguePpoError("ERR_CONFIG", message, { cause });
}

/** Uses the cache where the hub must not be asked or does not answer; otherwise downloads what is missing. */
async function resolveRepository(access: HubAccess, options: ResolveOptions): Promise<string> {
  const { hub, subject } = access;
  const repository = repositoryFolder(hub, subject.id);
  const cached = await findSnapshot(repository, subject.revision, options.wanted ?? "model").catch(
    (cause: unknown) => {
      throw unreadableError(hub, cause);
    },
  );
  const complete = cached?.missing.length === 0 ? cached.folder : undefined;
  if (hub.offlineBy !== undefined) {
    if (complete === undefined) throw offlineError(hub, subject.id, cached);
    return complete;
  }
  try {
    return await download({ ...access, attempts: complete ? ATTEMPTS_WITH_COPY : ATTEMPTS }, options);
  } catch (error) {
    if (!(error instanceof DialoguePpoError)) throw error;
    const isRefused = ["ERR_MODEL", "ERR_CONFIG", "ERR_IO"].includes(error.code);
    if (isRefused && complete !== undefined) throw refusedError(subject.id, error);
    if (error.code !== "ERR_NETWORK") throw error;
    if (complete === undefined) throw unreachableError(hub, subject.id, cached, error);
    // As in Python's huggingface_hub, a complete copy in the cache is used when the hub cannot be reached.
    options.onNotice?.(`${error.message}; using the copy of ${subject.id} in the cache`);
    return complete;
  }
}

/** Returns whether a model is a local folder. In a working folder that may not be entered, there is none. */
async function isLocalFolder(model: string): Promise<boolean> {
  const folder = path.isAbsolute(model) ? path.sep : ".";
  const canEnter = await checkAccess(folder, constants.X_OK).then(
    () => true,
    () => false,
  );
  return canEnter && exists(model);
}

/**
 * Returns the local folder of a model. A repository of the hub is downloaded into the cache that Python's
 * huggingface_hub also uses.
 *
 * @param model a local folder, or the repository "owner/name" or "owner/name@revision"
 * @returns an absolute path; with `wanted: "tokenizer"`, a downloaded folder need not contain more than the tokenizer
 * @throws DialoguePpoError ERR_MODEL when the model is not found, gated, or not complete in the cache while offline
 * @throws DialoguePpoError ERR_NETWORK when the download fails and the cache has no complete copy
 * @throws DialoguePpoError ERR_CONFIG when a variable or the revision is invalid or the cache cannot be written to;
 *   ERR_IO when the disk is full; ERR_ABORTED
 */
export async function resolveModel(model: string, options: ResolveOptions = {}): Promise<string> {
  if (await isLocalFolder(model)) return path.resolve(model);
  const { id, revision = options.revision ?? "main" } = parseRepositoryName(model);
  const access: HubAccess = {
    hub: options.environment ?? hubEnvironment(),
    subject: { id, revision: requireRevision(revision) },
    attempts: ATTEMPTS,
    signal: options.signal,
    onWait: options.onNotice,
  };
  return resolveRepository(access, options);
}
