import { copyFile, lstat, mkdir, readFile, rm, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../atomic.ts";
import type { DownloadProgress } from "../call.ts";
import { DialoguePpoError } from "../errors.ts";
import { listFiles, resolveCommit } from "./api.ts";
import { downloadBlob } from "./download.ts";
import { type HubEnvironment, hubEnvironment } from "./environment.ts";
import { chooseFiles, isTokenizerFile } from "./select.ts";

export interface ResolveOptions {
  /** Branch, tag or commit. Default "main". */
  readonly revision?: string;
  /** "tokenizer": only its files, from a repository that need not hold a model. Default "model". */
  readonly wanted?: Wanted;
  readonly environment?: HubEnvironment;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: DownloadProgress | undefined;
  /** Called once before a download with the number of bytes still missing. */
  readonly onStart?: (id: string, bytes: number) => void;
  /** Told when the hub could not be reached and the copy in the cache is used instead. */
  readonly onNotice?: (message: string) => void;
}

/** What a repository is asked for. */
export type Wanted = "model" | "tokenizer";

/** Files one of which tells that a repository has what is wanted; linked last, they tell that a snapshot is whole. */
const MARKERS: Readonly<Record<Wanted, readonly string[]>> = {
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

/** The snapshot a revision points to in the cache, when it is there. */
async function cachedSnapshot(folder: string, revision: string, wanted: Wanted): Promise<string | undefined> {
  const commit = /^[0-9a-f]{40}$/.test(revision)
    ? revision
    : await readFile(path.join(folder, "refs", ...revision.split("/")), "utf8").catch(() => undefined);
  if (commit === undefined) return undefined;
  const snapshot = path.join(folder, "snapshots", commit.trim());
  for (const marker of MARKERS[wanted]) if (await exists(path.join(snapshot, marker))) return snapshot;
  return undefined;
}

/** Links a snapshot entry to its blob, relatively; copies where links are refused (Windows without the right). */
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

async function download(id: string, hub: HubEnvironment, options: ResolveOptions): Promise<string> {
  const { revision = "main", wanted = "model" } = options;
  const folder = repositoryFolder(hub, id);
  const commit = await resolveCommit(hub, id, revision, options.signal);
  const all = chooseFiles(await listFiles(hub, id, commit, options.signal));
  const files = wanted === "tokenizer" ? all.filter((file) => isTokenizerFile(file.path)) : all;
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
  // The marker is linked last: a snapshot that has it is whole.
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

/** A failed download under the name of what was asked for, with what would do instead. */
function unreached(model: string, hub: HubEnvironment, cause: DialoguePpoError): DialoguePpoError {
  const what = cause.message.includes(model) ? "" : `${model} is not in the cache ${hub.cacheRoot}, and `;
  return new DialoguePpoError("ERR_NETWORK", `${what}${cause.message}; a local folder of the model will do`, {
    cause,
  });
}

/**
 * The folder of a model: a local folder as it is, or a repository "owner/name" of the hub, downloaded into the cache
 * that Python's huggingface_hub shares.
 *
 * @param model a folder, or "owner/name"
 * @returns an absolute folder with config.json, tokenizer files and weights; of a tokenizer, its files alone
 * @throws DialoguePpoError ERR_MODEL (not found, gated, not in the cache while offline), ERR_NETWORK
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
    if (!cached) throw unreached(model, hub, error);
    // Without a network a model that was downloaded whole before is still good, as in the Python library.
    options.onNotice?.(`${error.message}; using the copy of ${model} in the cache`);
    return cached;
  }
}
