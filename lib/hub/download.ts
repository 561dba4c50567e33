import { createHash } from "node:crypto";
import { type FileHandle, open, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { DownloadProgress } from "../call.ts";
import { DialoguePpoError } from "../errors.ts";
import { makeFolders } from "../files/make-folders.ts";
import { publishFile } from "../files/partial.ts";
import { hashFile } from "../hash.ts";
import { fileUrl } from "./api.ts";
import { cacheError } from "./environment.ts";
import { claimPartialFile, releasePartialFile } from "./partial-file.ts";
import { type HubAccess, requestHub } from "./request.ts";
import type { RemoteFile } from "./select.ts";

/** A file to download, and the folder for its content. */
export interface DownloadRequest {
  /** How the hub is asked. */
  readonly access: HubAccess;
  /** Commit of the repository, 40 hex digits. */
  readonly commit: string;
  /** Entry of the file in the listing of the repository. */
  readonly file: RemoteFile;
  /** Folder of the cache that holds each file under its checksum. */
  readonly blobFolder: string;
  /** Called after each chunk. */
  readonly onProgress?: DownloadProgress | undefined;
}

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
  return hashFile(file, { hash });
}

/**
 * An attempt that receives at least one of this many parts of a file counts as progress, and the attempts are counted
 * anew. Their total number is therefore limited.
 */
const PROGRESS_STEPS = 1000;

const label = ({ access, file }: DownloadRequest): string => `${access.subject.id}/${file.path}`;

/** A server that sends more bytes of a file than the listing announced. What came is no part of the file. */
class OverlongFile extends DialoguePpoError {
  constructor({ size }: RemoteFile) {
    super("ERR_NETWORK", `the server sends more than the announced ${size} bytes`);
  }
}

/** Appends the chunks of a response to the partial file. */
async function appendChunks(
  { access, file, onProgress }: DownloadRequest,
  response: Response,
  handle: FileHandle,
  start: number,
  onChunk: (bytes: number) => void,
): Promise<void> {
  let received = start;
  for await (const chunk of response.body ?? []) {
    onChunk(chunk.byteLength);
    received += chunk.byteLength;
    if (received > file.size) throw new OverlongFile(file);
    await handle.writeFile(chunk).catch((cause) => {
      throw cacheError(access.hub, cause);
    });
    onProgress?.(file.path, received, file.size);
  }
  if (received < file.size) throw new Error("the connection closed early");
}

/**
 * Returns where the bytes of an answer belong in the file. Servers can ignore a range, or begin elsewhere than asked.
 * @param offset what was asked for
 */
function startOf({ status, headers }: Response, offset: number): number {
  if (status !== 206) return 0;
  const start = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1];
  if (start === undefined || Number(start) === offset) return offset;
  if (Number(start) === 0) return 0;
  throw new Error(`bytes from ${offset} were asked for, and the answer has those from ${start}`);
}

/**
 * Downloads the missing bytes to the partial file. Each attempt resumes the previous one. If the server ignores the
 * range, the file is downloaded from the start.
 */
async function fetchContent(request: DownloadRequest, partial: string): Promise<void> {
  const { access, commit, file } = request;
  let offset = 0;
  await requestHub(access, {
    url: fileUrl(access, commit, file),
    lack: `${file.path} is in the listing but not on the server`,
    timeout: access.hub.downloadTimeout,
    progressBytes: Math.max(1, Math.ceil(file.size / PROGRESS_STEPS)),
    received: async () => (await fileSize(partial)) ?? 0,
    startOver: () => rm(partial, { force: true }),
    headers: async () => {
      const present = (await fileSize(partial)) ?? 0;
      offset = present < file.size ? present : 0;
      return offset > 0 ? { range: `bytes=${offset}-` } : {};
    },
    read: async (response, onChunk) => {
      const start = startOf(response, offset);
      const handle = await open(partial, start > 0 ? "a" : "w").catch((cause) => {
        throw cacheError(access.hub, cause);
      });
      try {
        await appendChunks(request, response, handle, start, onChunk);
      } finally {
        await handle.close();
      }
    },
  });
}

/**
 * An error that the listener of a download threw. It is not a failure of the network, so that no attempt repeats it.
 */
class ListenerError extends DialoguePpoError {
  constructor(cause: unknown) {
    super("ERR_INTERNAL", "the listener of a download failed", { cause });
  }
}

/** Returns the request with a listener whose errors end the download. */
function withGuardedListener(request: DownloadRequest): DownloadRequest {
  const { onProgress } = request;
  if (!onProgress) return request;
  return {
    ...request,
    onProgress: (...progress) => {
      try {
        onProgress(...progress);
      } catch (cause) {
        throw new ListenerError(cause);
      }
    },
  };
}

/** Adds to a network error how much of the file is there. */
async function incompleteError(request: DownloadRequest, partial: string, error: unknown): Promise<unknown> {
  if (error instanceof OverlongFile) {
    await rm(partial, { force: true });
    return new DialoguePpoError("ERR_NETWORK", `${label(request)}: ${error.message}; what came was removed`, {
      cause: error,
    });
  }
  if (!(error instanceof DialoguePpoError) || error.code !== "ERR_NETWORK") return error;
  const present = (await fileSize(partial)) ?? 0;
  const message = `${label(request)}: ${present} of ${request.file.size} bytes are there; run again to continue from there`;
  return new DialoguePpoError("ERR_NETWORK", `${message}; ${error.message}`, { cause: error });
}

/** Completes the partial file and moves it to its place. */
async function completeBlob(request: DownloadRequest, partial: string, blob: string): Promise<void> {
  const { file } = request;
  if ((await fileSize(partial)) !== file.size) {
    await fetchContent(withGuardedListener(request), partial).catch(async (error) => {
      throw error instanceof ListenerError ? error.cause : await incompleteError(request, partial, error);
    });
  }
  const checksum = await computeChecksum(partial, file.algorithm);
  if (checksum !== file.etag) {
    await rm(partial);
    throw new DialoguePpoError(
      "ERR_NETWORK",
      `${label(request)}: checksum ${checksum} differs from the announced ${file.etag}; the damaged file was removed`,
    );
  }
  publishFile(partial, blob);
}

/**
 * Downloads a file into the blob folder of the cache, unless it is there. It resumes a partial download, verifies the
 * checksum and then renames the file into place.
 *
 * @returns the path of the blob
 * @throws DialoguePpoError ERR_NETWORK when the transfer or the checksum fails
 * @throws the error of `onProgress`, unchanged
 */
export async function downloadBlob(request: DownloadRequest): Promise<string> {
  const { file, blobFolder } = request;
  const blob = path.join(blobFolder, file.etag);
  if ((await fileSize(blob)) === file.size) return blob;
  makeFolders(blobFolder);
  const partial = await claimPartialFile(blob);
  try {
    await completeBlob(request, partial, blob);
  } catch (error) {
    await releasePartialFile(partial, blob);
    throw error;
  }
  return blob;
}
