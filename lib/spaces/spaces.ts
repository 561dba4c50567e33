import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { checkNames } from "../arguments.ts";
import { type SeenDialogues, writeSeen } from "../data/seen.ts";
import { DialoguePpoError } from "../errors.ts";
import { writeFolderAtomic } from "../files/atomic-folder.ts";
import { checkOutput } from "../files/check-output.ts";
import { formatJson } from "../format.ts";
import type { Logger } from "../log.ts";
import { type CacheEntry, OptionalCache } from "../optional-cache.ts";
import { SPACE_KINDS, type VectorSpace } from "../taaco/types.ts";
import { LEARNER_VERSION, type LearnSpacesOptions, learnSpace } from "./learn.ts";
import { loadSpaces } from "./load.ts";
import { SPACES_FILE, type SpaceEntry, type SpaceOrigin, type SpacesMeta } from "./meta.ts";
import { writeSpace } from "./stored-space.ts";
import type { WordVectors } from "./vectors.ts";
import type { LemmaDocument } from "./vocabulary.ts";

/** @throws DialoguePpoError ERR_CONFIG when a given value is not a whole number of at least `minimum` */
function checkWhole(name: string, value: number | undefined, minimum: number): void {
  if (value !== undefined && (!Number.isSafeInteger(value) || value < minimum)) {
    throw new DialoguePpoError("ERR_CONFIG", `${name}: expected a whole number of at least ${minimum}`);
  }
}

const LEARN_NAMES = ["kinds", "dimensions", "topics", "seed", "minCount", "threads", "signal", "onProgress"];

/**
 * Learns spaces from documents, one after the other. The result depends only on documents, options and seed.
 *
 * @param documents lower-case lemmas of each document
 * @returns the spaces in the order of `options.kinds`
 * @throws DialoguePpoError ERR_CONFIG when an option is invalid, ERR_DATA when no word is frequent enough
 * @throws DialoguePpoError ERR_ABORTED, ERR_NATIVE_MISSING
 * @example
 * const documents = [["the", "dog", "bark"], ["a", "dog", "and", "a", "cat"]];
 * const [lsa] = await learnSpaces(documents, { kinds: ["lsa"], dimensions: 2, minCount: 1, seed: 0 });
 * console.log(lsa?.words);
 */
export async function learnSpaces(
  documents: readonly LemmaDocument[],
  options: LearnSpacesOptions,
): Promise<WordVectors[]> {
  checkNames(options, LEARN_NAMES, "learnSpaces");
  for (const name of ["dimensions", "topics", "minCount"] as const) checkWhole(name, options[name], 1);
  for (const name of ["seed", "threads"] as const) checkWhole(name, options[name], 0);
  const spaces: WordVectors[] = [];
  for (const kind of options.kinds ?? SPACE_KINDS) spaces.push(await learnSpace(kind, documents, options));
  return spaces;
}

/**
 * Checks that a folder can be written: that it does not exist or is a folder of spaces, which the log says is replaced.
 * @throws DialoguePpoError ERR_CONFIG when the folder contains something else or cannot be written to, ERR_IO
 */
export function checkSpacesFolder(dir: string, log?: Logger): void {
  checkOutput(dir, "folder", log);
  if (existsSync(dir) && !existsSync(path.join(dir, SPACES_FILE))) {
    throw new DialoguePpoError("ERR_CONFIG", `${dir} exists and holds no spaces; name a new folder`);
  }
}

/**
 * Writes spaces to a folder: `spaces.json`, and for each space its words and its matrix. An existing folder of spaces
 * is replaced as a whole.
 *
 * @param spaces spaces that have `words`
 * @param origin how the spaces were made; `spaces.json` records it
 * @param options.dtype number format of the matrices, default "float32"
 * @param options.seen the dialogues that the spaces were learned from
 * @throws DialoguePpoError ERR_CONFIG when the folder contains something else
 * @throws DialoguePpoError ERR_DATA when a space has no words, or a word that is empty or has a line feed
 */
export async function saveSpaces(
  dir: string,
  spaces: readonly VectorSpace[],
  origin: SpaceOrigin = {},
  options: { readonly dtype?: SpaceEntry["dtype"]; readonly seen?: SeenDialogues } = {},
): Promise<void> {
  checkSpacesFolder(dir);
  const write = async (partial: string): Promise<void> => {
    const entries: SpaceEntry[] = [];
    for (const space of spaces) entries.push(await writeSpace(partial, space, options.dtype ?? "float32"));
    const meta: SpacesMeta = { format: "dialogue-ppo spaces", version: 1, origin, spaces: entries };
    await writeFile(path.join(partial, SPACES_FILE), formatJson(meta));
    if (options.seen) writeSeen(partial, options.seen);
  };
  await writeFolderAtomic(dir, write, { shared: true });
}

/**
 * Loads spaces from the user's cache. When they are not there, it learns them and stores them there. A cache that
 * cannot be read or written is no error: the spaces are then learned and used without it.
 *
 * @param key text with everything that the spaces depend on: corpus hash, options, seed
 * @param learn learns the spaces
 * @param warn receives a sentence when the cache cannot be used
 * @returns the spaces, and where they were found; no origin means that they were learned
 * @throws DialoguePpoError the errors of `learn`
 */
export async function cachedSpaces(
  key: string,
  learn: () => Promise<readonly WordVectors[]>,
  warn: (message: string) => void,
): Promise<{ spaces: WordVectors[]; origin?: CacheEntry<unknown>["origin"] }> {
  const name = createHash("sha256").update(`${LEARNER_VERSION}\0${key}`).digest("hex").slice(0, 32);
  const cache = new OptionalCache("spaces", "semantic spaces", warn);
  const read = (dir: string): Promise<WordVectors[]> => loadSpaces(dir);
  const stored = await cache.read(name, read);
  if (stored) return { spaces: stored.value, origin: stored.origin };
  const learned = await learn();
  await cache.write(name, (dir) => saveSpaces(dir, learned, { key }));
  return { spaces: (await cache.read(name, read))?.value ?? [...learned] };
}
