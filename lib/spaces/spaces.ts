import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { writeFolderAtomic } from "../atomic.ts";
import { DialoguePpoError } from "../errors.ts";
import { cacheFolder } from "../package.ts";
import type { VectorSpace } from "../taaco/types.ts";
import { DEFAULT_KINDS, LEARNER_VERSION, type LearnSpacesOptions, learnSpace } from "./learn.ts";
import { SPACES_FILE, type SpaceEntry, type SpaceOrigin, type SpacesMeta } from "./meta.ts";
import { openSpaces } from "./readers/open.ts";
import { writeSpace } from "./stored-space.ts";
import type { WordVectors } from "./vectors.ts";
import type { LemmaDocument } from "./vocabulary.ts";

function checkWhole(name: string, value: number | undefined, least: number): void {
  if (value !== undefined && (!Number.isSafeInteger(value) || value < least)) {
    throw new DialoguePpoError("ERR_CONFIG", `${name}: expected a whole number of at least ${least}`);
  }
}

/**
 * Learns spaces from documents, one after the other. The result depends on documents, options and seed only.
 *
 * @param documents lower-case lemmas
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA (no word is frequent enough), ERR_ABORTED, ERR_NATIVE_MISSING
 * @example
 * const documents = [["the", "dog", "bark"], ["a", "dog", "and", "a", "cat"]];
 * const [lsa] = await learnSpaces(documents, { kinds: ["lsa"], dimensions: 2, minCount: 1, seed: 0 });
 * console.log(lsa?.words);
 */
export async function learnSpaces(
  documents: readonly LemmaDocument[],
  options: LearnSpacesOptions,
): Promise<WordVectors[]> {
  for (const name of ["dimensions", "topics", "minCount"] as const) checkWhole(name, options[name], 1);
  for (const name of ["seed", "threads"] as const) checkWhole(name, options[name], 0);
  const spaces: WordVectors[] = [];
  for (const kind of options.kinds ?? DEFAULT_KINDS) spaces.push(await learnSpace(kind, documents, options));
  return spaces;
}

/** @throws DialoguePpoError ERR_CONFIG when a folder exists and is none of spaces: it would be replaced */
export function checkOutputFolder(dir: string): void {
  if (existsSync(dir) && !existsSync(path.join(dir, SPACES_FILE))) {
    throw new DialoguePpoError("ERR_CONFIG", `${dir} exists and holds no spaces; name a new folder`);
  }
}

/**
 * Writes spaces to a folder: `spaces.json`, and for each space its words and its matrix. A folder of spaces that is there
 * already is replaced as a whole.
 *
 * @param spaces with their `words`
 * @param origin where they come from, kept in `spaces.json`
 * @throws DialoguePpoError ERR_CONFIG when the folder holds something else, ERR_DATA for words that cannot be stored
 */
export async function saveSpaces(
  dir: string,
  spaces: readonly VectorSpace[],
  origin: SpaceOrigin = {},
  options: { readonly dtype?: SpaceEntry["dtype"] } = {},
): Promise<void> {
  checkOutputFolder(dir);
  const write = async (partial: string): Promise<void> => {
    const entries: SpaceEntry[] = [];
    for (const space of spaces) entries.push(await writeSpace(partial, space, options.dtype ?? "float32"));
    const meta: SpacesMeta = { format: "dialogue-ppo spaces", version: 1, origin, spaces: entries };
    await writeFile(path.join(partial, SPACES_FILE), `${JSON.stringify(meta, null, 2)}\n`);
  };
  await writeFolderAtomic(dir, write, { shared: true });
}

/**
 * Loads spaces in float32, on memory that worker threads can share: of a folder that the command `spaces` wrote, of a folder
 * with the official package's exports, or of one file of vectors (word2vec, fastText, GloVe), which counts as word2vec.
 *
 * @param options.dropFirst of the official exports leave out the first component, as the official tool does
 * @throws DialoguePpoError ERR_DATA naming file and line that are missing or damaged
 * @example
 * const spaces = await loadSpaces("spaces");
 * console.log(spaces.map(({ kind, dimensions }) => `${kind} ${dimensions}`));
 */
export async function loadSpaces(
  location: string,
  options: { readonly dropFirst?: boolean } = {},
): Promise<WordVectors[]> {
  return openSpaces(location, options);
}

/**
 * Spaces from the user's cache, else learnt now and put there.
 *
 * @param key says all that the spaces depend on: corpus hash, options, seed
 * @throws DialoguePpoError what `learn` throws; ERR_DATA for a damaged cache, naming the file
 */
export async function cachedSpaces(
  key: string,
  learn: () => Promise<readonly VectorSpace[]>,
): Promise<VectorSpace[]> {
  const name = createHash("sha256").update(`${LEARNER_VERSION}\0${key}`).digest("hex").slice(0, 32);
  const dir = path.join(cacheFolder(), "spaces", name);
  if (!existsSync(dir)) await saveSpaces(dir, await learn(), { key });
  return loadSpaces(dir);
}
