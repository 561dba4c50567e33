import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rm, stat } from "node:fs/promises";
import path from "node:path";
import { publishFile } from "../atomic.ts";
import type { DownloadProgress } from "../call.ts";
import { DialoguePpoError } from "../errors.ts";
import { openFile } from "./api.ts";
import type { HubEnvironment } from "./environment.ts";
import type { RemoteFile } from "./select.ts";

export interface DownloadRequest {
  readonly hub: HubEnvironment;
  readonly id: string;
  readonly commit: string;
  readonly file: RemoteFile;
  readonly blobFolder: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: DownloadProgress | undefined;
}

const ATTEMPTS = 5;

const sizeOf = async (file: string): Promise<number | undefined> =>
  stat(file).then(
    (info) => info.size,
    () => undefined,
  );

/** The content address of a file on disk, as the hub computes it. */
async function contentAddress(file: string, algorithm: RemoteFile["algorithm"]): Promise<string> {
  const hash = createHash(algorithm === "sha256" ? "sha256" : "sha1");
  if (algorithm === "git-sha1") hash.update(`blob ${await sizeOf(file)}\0`);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Appends what is missing to the partial file. A server that ignores the range starts it over. */
async function fetchRest(request: DownloadRequest, partial: string): Promise<void> {
  const { hub, id, commit, file, signal, onProgress } = request;
  const have = (await sizeOf(partial)) ?? 0;
  const offset = have < file.size ? have : 0;
  const response = await openFile(hub, id, commit, file, offset, signal);
  const resumed = offset > 0 && response.status === 206;
  const handle = await open(partial, resumed ? "a" : "w");
  let done = resumed ? offset : 0;
  try {
    for await (const chunk of response.body ?? []) {
      await handle.write(chunk);
      done += chunk.byteLength;
      onProgress?.(file.path, done, file.size);
    }
  } finally {
    await handle.close();
  }
}

async function fetchWithRetries(request: DownloadRequest, partial: string): Promise<void> {
  const { file, signal } = request;
  let lastFailure: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await fetchRest(request, partial);
      if ((await sizeOf(partial)) === file.size) return;
      lastFailure = new Error("the connection closed early");
    } catch (error) {
      const final = error instanceof DialoguePpoError && error.code !== "ERR_NETWORK";
      if (final || signal?.aborted) throw error;
      lastFailure = error;
    }
    await new Promise((resume) => setTimeout(resume, 100 * 2 ** attempt));
  }
  throw new DialoguePpoError(
    "ERR_NETWORK",
    `${request.id}/${file.path}: ${(await sizeOf(partial)) ?? 0} of ${file.size} bytes after ${ATTEMPTS} attempts; run again to go on from there`,
    { cause: lastFailure },
  );
}

/**
 * Brings one blob into the cache: resumes a partial download, verifies the checksum, renames it into place.
 * @throws DialoguePpoError ERR_NETWORK when the transfer or the checksum fails
 */
export async function downloadBlob(request: DownloadRequest): Promise<string> {
  const { file, blobFolder } = request;
  const blob = path.join(blobFolder, file.etag);
  if ((await sizeOf(blob)) === file.size) return blob;
  await mkdir(blobFolder, { recursive: true });
  const partial = `${blob}.incomplete`;
  if ((await sizeOf(partial)) !== file.size) await fetchWithRetries(request, partial);
  const address = await contentAddress(partial, file.algorithm);
  if (address !== file.etag) {
    await rm(partial);
    throw new DialoguePpoError(
      "ERR_NETWORK",
      `${request.id}/${file.path}: checksum ${address} differs from the announced ${file.etag}; the damaged file was removed`,
    );
  }
  publishFile(partial, blob);
  return blob;
}
