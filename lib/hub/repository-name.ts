import { DialoguePpoError } from "../errors.ts";

/** A repository of the hub and its revision. */
export interface RepositoryName {
  /** "owner/name". */
  readonly id: string;
  /** Branch, tag or commit; undefined when the name has none. */
  readonly revision: string | undefined;
}

// Two hyphens separate owner and name in the cache, so that no name has them.
const REPOSITORY = /^(?![^@]*(?:--|\.\.))(\w[\w.-]{0,95}\/\w[\w.-]{0,95})(?:@(.+))?$/;
const REVISION = /^(?!.*(?:\.\.|\/\/|\/$|@\{))[A-Za-z0-9][\w./+@-]{0,199}$/;

/** Names without an owner that models had in the past, and their present names. */
const RENAMED: Readonly<Record<string, string>> = {
  gpt2: "openai-community/gpt2",
  "gpt2-medium": "openai-community/gpt2-medium",
  "gpt2-large": "openai-community/gpt2-large",
  "gpt2-xl": "openai-community/gpt2-xl",
  distilgpt2: "distilbert/distilgpt2",
};

// An address as a browser shows it, with or without a revision, or as other programs write it (hf://).
const ADDRESS = /^(?:https?:\/\/[^/]+\/|hf:\/\/)?(?:models\/)?([^/?#]+\/[^/?#]+)(?:\/tree\/([^?#]+?))?\/*$/;

/** Returns the name of the repository whose address was given in its place. */
function nameInAddress(text: string): string | undefined {
  const [, id, revision] = ADDRESS.exec(text) ?? [];
  const name = revision === undefined ? id : `${id}@${revision}`;
  return name !== undefined && REPOSITORY.test(name) ? name : undefined;
}

/**
 * Reads the name of a repository, "owner/name" or "owner/name@revision".
 * @throws DialoguePpoError ERR_MODEL when the text is no such name
 */
export function parseRepositoryName(text: string): RepositoryName {
  const [, id, revision] = REPOSITORY.exec(text) ?? [];
  if (id !== undefined) return { id, revision };
  const present = RENAMED[text] ?? nameInAddress(text);
  const hint = present === undefined ? "" : `; did you mean ${present}?`;
  throw new DialoguePpoError(
    "ERR_MODEL",
    `${text}: no such folder; expected a model folder or a repository name "owner/name" or "owner/name@revision"${hint}`,
  );
}

/**
 * Returns a revision after checking that it can be a branch, a tag or a commit. It becomes part of a path in the cache.
 * @throws DialoguePpoError ERR_CONFIG
 */
export function requireRevision(revision: string): string {
  if (REVISION.test(revision)) return revision;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `revision ${JSON.stringify(revision)}: expected a branch, a tag or a commit`,
  );
}
