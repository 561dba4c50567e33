import { z } from "zod";
import { DialoguePpoError } from "../errors.ts";
import { formatBytes } from "../format.ts";
import { readText, shortLine } from "./body.ts";
import { type HubAccess, requestHub } from "./request.ts";
import { type RemoteFile, requireSafePath } from "./select.ts";
import { notDataError } from "./server-error.ts";

const treeFile = z.object({
  path: z.string(),
  size: z.int().nonnegative(),
  oid: z.string(),
  // As Python's client does, null counts as absent; servers other than the hub can write it.
  lfs: z.object({ oid: z.string(), size: z.int().nonnegative() }).nullish(),
});
/** Of folders, nothing else is used. */
const treeEntry = z.union([
  z.object({ ...treeFile.shape, type: z.literal("file") }),
  z.object({ type: z.string().refine((type) => type !== "file") }),
]);

const MODELS = "/api/models/";

/** A listing of more pages or entries is not one of a model. */
const MAX_PAGES = 200;
const MAX_ENTRIES = 100_000;
/** Bytes of one answer; a page of a listing has about a tenth of a megabyte. */
const MAX_ANSWER = 16_000_000;
/** Seconds that one answer may take, as a multiple of the longest silence. */
const DEADLINE_FACTOR = 6;

/** Requests JSON from the API. Text that is no JSON comes from something between here and the hub. */
function requestJson(
  access: HubAccess,
  url: string,
  lack?: string,
): Promise<{ readonly value: unknown; readonly headers: Headers }> {
  const timeout = access.hub.apiTimeout;
  return requestHub(access, {
    url,
    lack,
    timeout,
    deadline: DEADLINE_FACTOR * timeout,
    read: async (response, onChunk) => {
      const { text, isCut } = await readText(response, MAX_ANSWER, onChunk);
      if (isCut)
        throw listingError(access, `${new URL(url).origin} sent more than ${formatBytes(MAX_ANSWER)}`);
      try {
        return { value: JSON.parse(text), headers: response.headers };
      } catch {
        throw notDataError(url, access.subject, text);
      }
    },
  });
}

const NO_LISTING =
  "the server knows the model but does not list its files (/api/models/.../tree), as the hub does; set HF_ENDPOINT to " +
  "another address, or download the model with another program and name its folder";

const listingError = ({ subject }: HubAccess, what: string): DialoguePpoError =>
  new DialoguePpoError("ERR_NETWORK", `${subject.id}: ${what}`);

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
  if (typeof sha === "string" && /^[0-9a-f]{40}$/.test(sha)) return sha;
  const got = shortLine(JSON.stringify(sha) ?? "none");
  throw listingError(access, `expected a commit of 40 hex digits from ${hub.endpoint}, got ${got}`);
}

/** Returns the file that an entry of a listing describes; undefined for a folder. Listings are untrusted input. */
function remoteFile(access: HubAccess, value: unknown): RemoteFile | undefined {
  const { success, data: entry } = treeEntry.safeParse(value);
  if (!success) throw listingError(access, `an entry of the listing is ${shortLine(JSON.stringify(value))}`);
  if (!("path" in entry)) return undefined;
  const { oid, size } = entry.lfs ?? entry;
  if (!(entry.lfs ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(oid)) {
    throw listingError(access, `${shortLine(entry.path)}: the listing has no usable checksum`);
  }
  return { path: requireSafePath(entry.path), size, etag: oid, algorithm: entry.lfs ? "sha256" : "git-sha1" };
}

/**
 * Returns the address of the next page on the configured endpoint. A mirror can pass on the links of the hub that it
 * copies; to follow them there would leave the mirror, and would fail where only the mirror can be reached.
 */
function nextPage(access: HubAccess, url: string, link: string | null): string | undefined {
  const target = /<([^<>]+)>;\s*rel="?next"?/.exec(link ?? "")?.[1];
  if (target === undefined) return undefined;
  const next = URL.canParse(target, url) ? new URL(target, url) : undefined;
  const start = next?.pathname.indexOf(MODELS) ?? -1;
  if (next === undefined || start < 0) {
    const address = shortLine(next === undefined ? target : next.origin + next.pathname);
    throw listingError(access, `the next page of the listing, ${address}, is no address of the hub's API`);
  }
  return access.hub.endpoint + next.pathname.slice(start) + next.search;
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
    const { value, headers } = await requestJson(access, url, NO_LISTING);
    if (!Array.isArray(value)) {
      throw listingError(
        access,
        `the listing is ${shortLine(JSON.stringify(value))}; expected a list of files`,
      );
    }
    for (const entry of value) {
      const file = remoteFile(access, entry);
      if (file !== undefined) files.push(file);
    }
    url = nextPage(access, url, headers.get("link"));
    if (files.length > MAX_ENTRIES || (url !== undefined && (seen.has(url) || seen.size >= MAX_PAGES))) {
      throw listingError(access, "the pages of the listing do not end");
    }
  }
  return files;
}

/** Returns the address of a file's content. */
export function fileUrl({ hub, subject }: HubAccess, commit: string, file: RemoteFile): string {
  const encoded = file.path.split("/").map(encodeURIComponent).join("/");
  return `${hub.endpoint}/${subject.id}/resolve/${commit}/${encoded}`;
}
