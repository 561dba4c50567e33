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

/** A file to download, and the folder for its content. */
export interface DownloadRequest {
  /** Settings for access to the hub. */
  readonly hub: HubEnvironment;
  /** Name of the repository, "owner/name". */
  readonly id: string;
  /** Commit of the repository, 40 hex digits. */
  readonly commit: string;
  /** Entry of the file in the listing of the repository. */
  readonly file: RemoteFile;
  /** Folder of the cache that holds each file under its checksum. */
  readonly blobFolder: string;
  /** Aborts the download. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each chunk. */
  readonly onProgress?: DownloadProgress | undefined;
}

const ATTEMPTS = 5;

/** Returns the size of a file in bytes; undefined when it cannot be read. */
const fileSize = async (file: string): Promise<number | undefined> =>
  stat(file).then(
    (info) => info.size,
    () => undefined,
  );

/** Computes the checksum of a file on disk as the hub does. */
async function computeChecksum(file: string, algorithm: RemoteFile["algorithm"]): Promise<string> {
  const hash = createHash(algorithm === "sha256" ? "sha256" : "sha1");
  if (algorithm === "git-sha1") hash.update(`blob ${await fileSize(file)}\0`);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Appends the missing bytes to the partial file. If the server ignores the range, the file is downloaded from the start. */
async function fetchRemaining(request: DownloadRequest, partial: string): Promise<void> {
  const { hub, id, commit, file, signal, onProgress } = request;
  const present = (await fileSize(partial)) ?? 0;
  const offset = present < file.size ? present : 0;
  const response = await openFile(hub, id, commit, file, offset, signal);
  const resumed = offset > 0 && response.status === 206;
  const handle = await open(partial, resumed ? "a" : "w");
  let received = resumed ? offset : 0;
  try {
    for await (const chunk of response.body ?? []) {
      await handle.write(chunk);
      received += chunk.byteLength;
      onProgress?.(file.path, received, file.size);
    }
  } finally {
    await handle.close();
  }
}

/**
 * Downloads a file in up to {@link ATTEMPTS} attempts. Each attempt resumes the previous one.
 * @throws DialoguePpoError ERR_NETWORK when the file is still incomplete, or at once an error that a retry cannot solve
 */
async function fetchWithRetries(request: DownloadRequest, partial: string): Promise<void> {
  const { file, signal } = request;
  let lastFailure: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await fetchRemaining(request, partial);
      if ((await fileSize(partial)) === file.size) return;
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
    `${request.id}/${file.path}: ${(await fileSize(partial)) ?? 0} of ${file.size} bytes after ${ATTEMPTS} attempts; run again to go on from there`,
    { cause: lastFailure },
  );
}

/**
 * Downloads a file into the blob folder of the cache, unless it is there. It resumes a partial download, verifies the
 * checksum and then renames the file into place.
 *
 * @returns the path of the blob
 * @throws DialoguePpoError ERR_NETWORK when the transfer or the checksum fails
 */
export async function downloadBlob(request: DownloadRequest): Promise<string> {
  const { file, blobFolder } = request;
  const blob = path.join(blobFolder, file.etag);
  if ((await fileSize(blob)) === file.size) return blob;
  await mkdir(blobFolder, { recursive: true });
  const partial = `${blob}.incomplete`;
  if ((await fileSize(partial)) !== file.size) await fetchWithRetries(request, partial);
  const checksum = await computeChecksum(partial, file.algorithm);
  if (checksum !== file.etag) {
    await rm(partial);
    throw new DialoguePpoError(
      "ERR_NETWORK",
      `${request.id}/${file.path}: checksum ${checksum} differs from the announced ${file.etag}; the damaged file was removed`,
    );
  }
  publishFile(partial, blob);
  return blob;
}
