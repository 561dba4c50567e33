import { DialoguePpoError } from "../errors.ts";
import type { HubEnvironment } from "./environment.ts";
import type { RemoteFile } from "./select.ts";

interface TreeEntry {
  type: string;
  path: string;
  size: number;
  oid: string;
  lfs?: { oid: string; size: number };
}

/** Messages for the values of the hub's `x-error-code` header. */
const ERROR_MESSAGES: Record<string, (id: string, hub: HubEnvironment, revision: string) => string> = {
  GatedRepo: (id, hub) =>
    `${id} is gated: open ${hub.endpoint}/${id}, accept the licence there, and pass a token of that account ` +
    `(used here: ${hub.tokenSource})`,
  RepoNotFound: (id, hub) =>
    `${id} was not found at ${hub.endpoint}; check the name, or pass a token if it is private (used here: ${hub.tokenSource})`,
  RevisionNotFound: (id, _hub, revision) => `${id} has no revision "${revision}"`,
  EntryNotFound: (id) => `a file listed by ${id} is missing on the server`,
};

/** Throws the error that belongs to a response with an error status. */
async function throwResponseError(
  response: Response,
  id: string,
  hub: HubEnvironment,
  revision: string,
): Promise<never> {
  const known = ERROR_MESSAGES[response.headers.get("x-error-code") ?? ""];
  const body = (await response.text()).slice(0, 200);
  const gated = response.status === 401 || response.status === 403 ? ERROR_MESSAGES.GatedRepo : undefined;
  const message =
    (known ?? gated)?.(id, hub, revision) ?? `${id}: the server answered ${response.status} ${body}`.trim();
  throw new DialoguePpoError(known || gated ? "ERR_MODEL" : "ERR_NETWORK", message);
}

/**
 * Sends a request to the hub with the user's token. It turns transfer compression off, so that lengths and ranges are those
 * of the file.
 *
 * @returns the response, whatever its status
 * @throws DialoguePpoError ERR_NETWORK when the server cannot be reached
 */
export async function hubFetch(
  hub: HubEnvironment,
  url: string,
  options: { headers?: Record<string, string>; signal?: AbortSignal | undefined } = {},
): Promise<Response> {
  const headers: Record<string, string> = { "accept-encoding": "identity", ...options.headers };
  // A paging link can point to another server, which must not receive the token.
  if (hub.token && new URL(url).origin === new URL(hub.endpoint).origin) {
    headers.authorization = `Bearer ${hub.token}`;
  }
  try {
    return await fetch(url, { headers, ...(options.signal ? { signal: options.signal } : {}) });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    const hint = hub.proxyWarning ? `; ${hub.proxyWarning}` : "";
    throw new DialoguePpoError("ERR_NETWORK", `${new URL(url).origin} cannot be reached${hint}`, { cause });
  }
}

/**
 * Returns the commit (40 hex digits) of a branch, tag or commit.
 * @throws DialoguePpoError ERR_MODEL when repository or revision do not exist or are not accessible
 * @throws DialoguePpoError ERR_NETWORK for any other failure
 */
export async function resolveCommit(
  hub: HubEnvironment,
  id: string,
  revision: string,
  signal?: AbortSignal,
): Promise<string> {
  const url = `${hub.endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}`;
  const response = await hubFetch(hub, url, { signal });
  if (!response.ok) await throwResponseError(response, id, hub, revision);
  const { sha } = (await response.json()) as { sha?: unknown };
  if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha)) {
    throw new DialoguePpoError(
      "ERR_NETWORK",
      `${id}: expected a commit of 40 hex digits, got ${JSON.stringify(sha)}`,
    );
  }
  return sha;
}

function remoteFile(entry: TreeEntry): RemoteFile {
  const isLfs = entry.lfs !== undefined;
  const etag = isLfs ? (entry.lfs?.oid ?? "") : entry.oid;
  if (!(isLfs ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(etag)) {
    throw new DialoguePpoError("ERR_NETWORK", `${entry.path}: the listing has no usable checksum`);
  }
  return {
    path: entry.path,
    size: entry.lfs?.size ?? entry.size,
    etag,
    algorithm: isLfs ? "sha256" : "git-sha1",
  };
}

/**
 * Returns all files of a commit. It follows the paging links of the listing.
 * @throws DialoguePpoError ERR_MODEL when the repository is not accessible, ERR_NETWORK for any other failure
 */
export async function listFiles(
  hub: HubEnvironment,
  id: string,
  commit: string,
  signal?: AbortSignal,
): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  let url: string | undefined = `${hub.endpoint}/api/models/${id}/tree/${commit}?recursive=true`;
  while (url !== undefined) {
    const response: Response = await hubFetch(hub, url, { signal });
    if (!response.ok) await throwResponseError(response, id, hub, commit);
    const entries = (await response.json()) as TreeEntry[];
    files.push(...entries.filter((entry) => entry.type === "file").map(remoteFile));
    const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
    url = next === undefined ? undefined : new URL(next, url).href;
  }
  return files;
}

/**
 * Requests the content of a file from byte `offset` on.
 * @returns a response with status 206 when it starts at `offset`, or 200 when the server sends the whole file
 * @throws DialoguePpoError ERR_MODEL when the file is not accessible, ERR_NETWORK for any other failure
 */
export async function openFile(
  hub: HubEnvironment,
  id: string,
  commit: string,
  file: RemoteFile,
  offset: number,
  signal?: AbortSignal,
): Promise<Response> {
  const url = `${hub.endpoint}/${id}/resolve/${commit}/${file.path.split("/").map(encodeURIComponent).join("/")}`;
  const headers = offset > 0 ? { range: `bytes=${offset}-` } : {};
  const response = await hubFetch(hub, url, { headers, signal });
  if (!response.ok) await throwResponseError(response, id, hub, commit);
  return response;
}
