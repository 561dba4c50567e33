import { copyFile, lstat, mkdir, readFile, rm, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../atomic.ts";
import type { DownloadProgress } from "../call.ts";
import { DialoguePpoError } from "../errors.ts";
import { listFiles, resolveCommit } from "./api.ts";
import { downloadBlob } from "./download.ts";
import { type HubEnvironment, hubEnvironment } from "./environment.ts";
import { isTokenizerFile, selectModelFiles } from "./select.ts";

/** Options of {@link resolveModel}. */
export interface ResolveOptions {
  /** Branch, tag or commit. Default "main". */
  readonly revision?: string;
  /** "tokenizer" downloads only the tokenizer's files, and the repository need not contain a model. Default "model". */
  readonly wanted?: RepositoryContent;
  /** Settings for access to the hub. Default: those of the process environment. */
  readonly environment?: HubEnvironment;
  /** Aborts requests and downloads. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the progress of each file. */
  readonly onProgress?: DownloadProgress | undefined;
  /** Called once before a download, with the repository's name and the number of bytes to download. */
  readonly onStart?: (id: string, bytes: number) => void;
  /** Called with a message when the hub cannot be reached and the copy in the cache is used instead. */
  readonly onNotice?: (message: string) => void;
}

/** The part of a repository that is needed. */
export type RepositoryContent = "model" | "tokenizer";

/**
 * Marker files. A repository contains the wanted part when it has one of them. They are linked last, so a snapshot that has
 * one is complete.
 */
const MARKERS: Readonly<Record<RepositoryContent, readonly string[]>> = {
  model: ["config.json"],
  tokenizer: ["tokenizer.json", "vocab.json"],
};

const REPOSITORY = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/;

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

function repositoryFolder(hub: HubEnvironment, id: string): string {
  return path.join(hub.cacheRoot, `models--${id.replaceAll("/", "--")}`);
}

/** Returns the complete snapshot of a revision in the cache; undefined when there is none. */
async function cachedSnapshot(
  folder: string,
  revision: string,
  wanted: RepositoryContent,
): Promise<string | undefined> {
  const commit = /^[0-9a-f]{40}$/.test(revision)
    ? revision
    : await readFile(path.join(folder, "refs", ...revision.split("/")), "utf8").catch(() => undefined);
  if (commit === undefined) return undefined;
  const snapshot = path.join(folder, "snapshots", commit.trim());
  for (const marker of MARKERS[wanted]) if (await exists(path.join(snapshot, marker))) return snapshot;
  return undefined;
}

/** Creates a relative link from a snapshot entry to its blob. Where links are not permitted (Windows), it copies the blob. */
async function linkBlob(blob: string, entry: string): Promise<void> {
  await mkdir(path.dirname(entry), { recursive: true });
  if (await exists(entry)) return;
  if (await lstat(entry).catch(() => undefined)) await rm(entry);
  try {
    await symlink(path.relative(path.dirname(entry), blob), entry);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EEXIST") return;
    if (code !== "EPERM" && code !== "ENOSYS" && code !== "ENOTSUP") throw error;
    await copyFile(blob, entry);
  }
}

/** Downloads the missing files of a revision and returns the snapshot folder. */
async function download(id: string, hub: HubEnvironment, options: ResolveOptions): Promise<string> {
  const { revision = "main", wanted = "model" } = options;
  const folder = repositoryFolder(hub, id);
  const commit = await resolveCommit(hub, id, revision, options.signal);
  const modelFiles = selectModelFiles(await listFiles(hub, id, commit, options.signal));
  const files = wanted === "tokenizer" ? modelFiles.filter((file) => isTokenizerFile(file.path)) : modelFiles;
  const isMarker = (file: { path: string }): boolean => MARKERS[wanted].includes(file.path);
  if (!files.some(isMarker)) {
    const names = MARKERS[wanted].join(" or ");
    throw new DialoguePpoError(
      "ERR_MODEL",
      `${id} has no ${names} at revision ${revision}; expected a ${wanted}`,
    );
  }
  const snapshot = path.join(folder, "snapshots", commit);
  const missing = [];
  for (const file of files) {
    if (!(await exists(path.join(snapshot, file.path)))) missing.push(file);
  }
  if (missing.length > 0)
    options.onStart?.(
      id,
      missing.reduce((sum, file) => sum + file.size, 0),
    );
  const blobFolder = path.join(folder, "blobs");
  // The marker is linked last, so that a snapshot that has it is complete.
  for (const file of missing.toSorted((a, b) => Number(isMarker(a)) - Number(isMarker(b)))) {
    const { signal, onProgress } = options;
    const blob = await downloadBlob({ hub, id, commit, file, blobFolder, signal, onProgress });
    await linkBlob(blob, path.join(snapshot, file.path));
  }
  if (revision !== commit) {
    const ref = path.join(folder, "refs", ...revision.split("/"));
    await mkdir(path.dirname(ref), { recursive: true });
    writeFileAtomic(ref, commit, { shared: true });
  }
  return snapshot;
}

/** Returns a network error that also names the model, and a local folder as the alternative. */
function unreachableError(model: string, hub: HubEnvironment, cause: DialoguePpoError): DialoguePpoError {
  const what = cause.message.includes(model) ? "" : `${model} is not in the cache ${hub.cacheRoot}, and `;
  return new DialoguePpoError("ERR_NETWORK", `${what}${cause.message}; a local folder of the model will do`, {
    cause,
  });
}

/**
 * Returns the local folder of a model. A repository of the hub is downloaded into the cache that Python's huggingface_hub
 * also uses.
 *
 * @param model a local folder, or the repository "owner/name"
 * @returns an absolute path; with `wanted: "tokenizer"`, a downloaded folder need not contain more than the tokenizer
 * @throws DialoguePpoError ERR_MODEL when the model is not found, gated, or not in the cache while offline
 * @throws DialoguePpoError ERR_NETWORK when the download fails and the cache has no copy
 */
export async function resolveModel(model: string, options: ResolveOptions = {}): Promise<string> {
  if (await exists(model)) return path.resolve(model);
  if (!REPOSITORY.test(model)) {
    throw new DialoguePpoError(
      "ERR_MODEL",
      `${model}: no such folder; expected a model folder or a repository name "owner/name"`,
    );
  }
  const hub = options.environment ?? hubEnvironment();
  const { revision = "main", wanted = "model" } = options;
  const cached = await cachedSnapshot(repositoryFolder(hub, model), revision, wanted);
  if (hub.offline) {
    if (cached) return cached;
    throw new DialoguePpoError(
      "ERR_MODEL",
      `${model}: not in the cache ${hub.cacheRoot}, and HF_HUB_OFFLINE forbids downloading it`,
    );
  }
  try {
    return await download(model, hub, options);
  } catch (error) {
    if (!(error instanceof DialoguePpoError) || error.code !== "ERR_NETWORK") throw error;
    if (!cached) throw unreachableError(model, hub, error);
    // As in Python's huggingface_hub, a complete copy in the cache is used when the hub cannot be reached.
    options.onNotice?.(`${error.message}; using the copy of ${model} in the cache`);
    return cached;
  }
}
