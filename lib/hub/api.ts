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

const messages: Record<string, (id: string, hub: HubEnvironment, revision: string) => string> = {
  GatedRepo: (id, hub) =>
    `${id} is gated: open ${hub.endpoint}/${id}, accept the licence there, and pass a token of that account ` +
    `(used here: ${hub.tokenSource})`,
  RepoNotFound: (id, hub) =>
    `${id} was not found at ${hub.endpoint}; check the name, or pass a token if it is private (used here: ${hub.tokenSource})`,
  RevisionNotFound: (id, _hub, revision) => `${id} has no revision "${revision}"`,
  EntryNotFound: (id) => `a file listed by ${id} is missing on the server`,
};

async function failure(
  response: Response,
  id: string,
  hub: HubEnvironment,
  revision: string,
): Promise<never> {
  const known = messages[response.headers.get("x-error-code") ?? ""];
  const body = (await response.text()).slice(0, 200);
  const gated = response.status === 401 || response.status === 403 ? messages.GatedRepo : undefined;
  const message =
    (known ?? gated)?.(id, hub, revision) ?? `${id}: the server answered ${response.status} ${body}`.trim();
  throw new DialoguePpoError(known || gated ? "ERR_MODEL" : "ERR_NETWORK", message);
}

/** One request with the token and without transfer compression, so that lengths and ranges are those of the file. */
export async function hubFetch(
  hub: HubEnvironment,
  url: string,
  options: { headers?: Record<string, string>; signal?: AbortSignal | undefined } = {},
): Promise<Response> {
  const headers: Record<string, string> = { "accept-encoding": "identity", ...options.headers };
  // The token is for the hub alone: a paging link elsewhere must not receive it.
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

/** The full commit (40 hex digits) a revision stands for. */
export async function resolveCommit(
  hub: HubEnvironment,
  id: string,
  revision: string,
  signal?: AbortSignal,
): Promise<string> {
  const url = `${hub.endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}`;
  const response = await hubFetch(hub, url, { signal });
  if (!response.ok) await failure(response, id, hub, revision);
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
  const large = entry.lfs !== undefined;
  const etag = large ? (entry.lfs?.oid ?? "") : entry.oid;
  if (!(large ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(etag)) {
    throw new DialoguePpoError("ERR_NETWORK", `${entry.path}: the listing has no usable checksum`);
  }
  return {
    path: entry.path,
    size: entry.lfs?.size ?? entry.size,
    etag,
    algorithm: large ? "sha256" : "git-sha1",
  };
}

/** Every file of a commit, following the paging links. */
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
    if (!response.ok) await failure(response, id, hub, commit);
    const entries = (await response.json()) as TreeEntry[];
    files.push(...entries.filter((entry) => entry.type === "file").map(remoteFile));
    const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
    url = next === undefined ? undefined : new URL(next, url).href;
  }
  return files;
}

/** Opens a file's body from `offset`; the answer's status tells whether the server honoured the range. */
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
  if (!response.ok) await failure(response, id, hub, commit);
  return response;
}
