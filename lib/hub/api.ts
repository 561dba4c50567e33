import { DialoguePpoError } from "../errors.ts";
import { type HubAccess, requestHub } from "./request.ts";
import type { RemoteFile } from "./select.ts";
import { webPageError } from "./server-error.ts";

interface TreeEntry {
  type: string;
  path: string;
  size: number;
  oid: string;
  lfs?: { oid: string; size: number };
}

const MODELS = "/api/models/";

/** A listing of more pages is not one of a model. */
const MAX_PAGES = 1000;

async function readText(response: Response, alive: () => void): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    alive();
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Requests JSON from the API. Text that is no JSON comes from something between here and the hub. */
function requestJson(
  access: HubAccess,
  url: string,
): Promise<{ readonly value: unknown; readonly headers: Headers }> {
  return requestHub(access, {
    url,
    timeout: access.hub.apiTimeout,
    read: async (response, alive) => {
      const text = await readText(response, alive);
      try {
        return { value: JSON.parse(text), headers: response.headers };
      } catch {
        throw webPageError(url, access.subject);
      }
    },
  });
}

/**
 * Returns the commit (40 hex digits) of the revision.
 * @throws DialoguePpoError ERR_MODEL when repository or revision do not exist or are not accessible
 * @throws DialoguePpoError ERR_NETWORK for any other failure
 */
export async function resolveCommit(access: HubAccess): Promise<string> {
  const { hub, subject } = access;
  const url = `${hub.endpoint}${MODELS}${subject.id}/revision/${encodeURIComponent(subject.revision)}`;
  const { value } = await requestJson(access, url);
  const sha = (value as { sha?: unknown } | null)?.sha;
  if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha)) {
    throw new DialoguePpoError(
      "ERR_NETWORK",
      `${subject.id}: expected a commit of 40 hex digits, got ${JSON.stringify(sha)}`,
    );
  }
  return sha;
}

function remoteFile(entry: TreeEntry): RemoteFile {
  const isLfs = entry.lfs !== undefined;
  const etag = isLfs ? entry.lfs?.oid : entry.oid;
  if (!(isLfs ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(etag ?? "")) {
    throw new DialoguePpoError("ERR_NETWORK", `${entry.path}: the listing has no usable checksum`);
  }
  return {
    path: entry.path,
    size: entry.lfs?.size ?? entry.size,
    etag: etag ?? "",
    algorithm: isLfs ? "sha256" : "git-sha1",
  };
}

/**
 * Returns the address of the next page on the configured endpoint. A mirror can pass on the links of the hub that it copies; to
 * follow them there would leave the mirror, and would fail where only the mirror can be reached.
 */
function nextPage({ hub, subject }: HubAccess, url: string, link: string | null): string | undefined {
  const target = /<([^>]+)>;\s*rel="?next"?/.exec(link ?? "")?.[1];
  if (target === undefined) return undefined;
  const next = new URL(target, url);
  const start = next.pathname.indexOf(MODELS);
  if (start < 0) {
    throw new DialoguePpoError(
      "ERR_NETWORK",
      `${subject.id}: the next page of the listing, ${next.origin}${next.pathname}, is no address of the hub's API`,
    );
  }
  return hub.endpoint + next.pathname.slice(start) + next.search;
}

/**
 * Returns all files of a commit. It follows the paging links of the listing.
 * @throws DialoguePpoError ERR_MODEL when the repository is not accessible, ERR_NETWORK for any other failure
 */
export async function listFiles(access: HubAccess, commit: string): Promise<RemoteFile[]> {
  const { hub, subject } = access;
  const files: RemoteFile[] = [];
  let url: string | undefined = `${hub.endpoint}${MODELS}${subject.id}/tree/${commit}?recursive=true`;
  const seen = new Set<string>();
  while (url !== undefined) {
    seen.add(url);
    const { value, headers } = await requestJson(access, url);
    if (!Array.isArray(value)) throw webPageError(url, subject);
    files.push(...(value as TreeEntry[]).filter(({ type }) => type === "file").map(remoteFile));
    url = nextPage(access, url, headers.get("link"));
    if (url !== undefined && (seen.has(url) || seen.size >= MAX_PAGES)) {
      throw new DialoguePpoError("ERR_NETWORK", `${subject.id}: the pages of the listing do not end`);
    }
  }
  return files;
}

/** Returns the address of a file's content. */
export function fileUrl({ hub, subject }: HubAccess, commit: string, file: RemoteFile): string {
  const encoded = file.path.split("/").map(encodeURIComponent).join("/");
  return `${hub.endpoint}/${subject.id}/resolve/${commit}/${encoded}`;
}
