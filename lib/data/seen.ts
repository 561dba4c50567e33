import { createHash } from "node:crypto";
import path from "node:path";
import { createPauses } from "../event-loop.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import type { Dialogue } from "./dialogue.ts";

/** Name of the file, in the folder of a model or of spaces, that says which dialogues were seen. */
export const SEEN_FILE = "seen_dialogues.json";

/** A part of a data file that was seen. */
export interface SeenSource {
  /** SHA-256 of the file. */
  readonly sha256: string;
  /** Fraction of its dialogues that was held out, and the seed that decided which. */
  readonly evalFraction: number;
  readonly seed: number;
  /** Number of dialogues that were seen. */
  readonly dialogues: number;
}

/** The dialogues from which a model, spaces or a calibration were made. */
export interface SeenDialogues {
  readonly format: "dialogue-ppo seen dialogues";
  readonly version: 2;
  readonly sources: readonly SeenSource[];
  /** A hash of the text of each dialogue, sorted and without separators, because every model carries its own list. */
  readonly hashes: string;
}

const HASH_LENGTH = 8;

/** Returns eight characters that identify the text of a dialogue, whatever its id, its file and its white space are. */
export function dialogueHash({ text }: Pick<Dialogue, "text">): string {
  const plain = text.replace(/\s+/g, " ").trim();
  return createHash("sha256").update(plain).digest("base64url").slice(0, HASH_LENGTH);
}

/** Returns a SHA-256 that is the same for the same dialogues, whatever their order, their ids and their file are. */
export function dialoguesHash(dialogues: Iterable<Pick<Dialogue, "text">>): string {
  const hashes = Array.from(dialogues, dialogueHash).sort();
  return createHash("sha256").update(hashes.join("")).digest("hex");
}

/** Returns the hash of each dialogue that was seen. */
export function seenHashes({ hashes }: SeenDialogues): string[] {
  const count = hashes.length / HASH_LENGTH;
  return Array.from({ length: count }, (_, at) => hashes.slice(at * HASH_LENGTH, (at + 1) * HASH_LENGTH));
}

/**
 * Describes dialogues that are seen. It reads all of them, and lets pending events run meanwhile.
 *
 * @param options.before what was seen earlier, such as by the child from which training begins
 * @param options.signal ends the reading with ERR_ABORTED
 * @throws DialoguePpoError ERR_ABORTED
 */
export async function describeSeen(
  dialogues: Iterable<Dialogue>,
  source: Omit<SeenSource, "dialogues">,
  {
    before,
    signal,
  }: { readonly before?: SeenDialogues | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<SeenDialogues> {
  const pause = createPauses(signal);
  const hashes: string[] = [];
  for (const dialogue of dialogues) {
    await pause();
    hashes.push(dialogueHash(dialogue));
  }
  const { sha256, evalFraction, seed } = source;
  return {
    format: "dialogue-ppo seen dialogues",
    version: 2,
    sources: [...(before?.sources ?? []), { sha256, evalFraction, seed, dialogues: hashes.length }],
    hashes: [...new Set([...(before ? seenHashes(before) : []), ...hashes])].sort().join(""),
  };
}

/** Returns the file beside a JSON file, such as a calibration, that says which dialogues it was made from. */
export const seenFileBeside = (file: string): string => `${file.replace(/\.json$/, "")}.seen.json`;

/** Writes what was seen into the folder of a model or of spaces. */
export function writeSeen(folder: string, seen: SeenDialogues): void {
  writeFileAtomic(path.join(folder, SEEN_FILE), seenText(seen), { shared: true });
}

/** Returns the content of a file that says which dialogues were seen. */
export const seenText = (seen: SeenDialogues): string => `${JSON.stringify(seen)}\n`;
