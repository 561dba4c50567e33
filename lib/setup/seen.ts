import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { type JsonFormat, readJson } from "../checked-json.ts";
import type { Dialogue } from "../data/dialogue.ts";
import { dialogueHash, SEEN_FILE, type SeenDialogues, seenFileBeside, seenHashes } from "../data/seen.ts";
import { isHeldOut } from "../data/split.ts";
import { createPauses } from "../event-loop.ts";
import { formatInteger } from "../format.ts";
import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { starterFolder } from "../package.ts";
import { readKnownSplit } from "./known-split.ts";

const FORMAT: JsonFormat<SeenDialogues> = {
  expected: "a list of the dialogues that were seen",
  code: "ERR_DATA",
  schema: z.looseObject({
    format: z.literal("dialogue-ppo seen dialogues"),
    version: z.literal(2),
    sources: z.array(
      z.looseObject({
        sha256: z.string(),
        evalFraction: z.number().min(0).max(1),
        seed: z.int().min(0),
        dialogues: z.int().min(0),
      }),
    ),
    hashes: z.string().regex(/^(?:[\w-]{8})*$/),
  }),
};

/**
 * Reads which dialogues a model, spaces or a calibration were made from.
 *
 * @param place folder of a model or of spaces, or file of a calibration
 * @returns undefined when that is not recorded
 * @throws DialoguePpoError ERR_DATA when the record is damaged
 */
export function readSeen(place: string): SeenDialogues | undefined {
  if (!existsSync(place)) return undefined;
  const file = statSync(place).isDirectory() ? path.join(place, SEEN_FILE) : seenFileBeside(place);
  return existsSync(file) ? readJson(file, FORMAT) : undefined;
}

/** Something that was made from dialogues, and could have seen held-out ones. */
export interface TrainedArtifact {
  /** What it is: "child", "teacher", "spaces", "calibration". */
  readonly what: string;
  /** Folder or file; undefined when it is made from the training dialogues of this run. */
  readonly place: string | undefined;
}

/**
 * Lists what could have seen held-out dialogues.
 *
 * @param children folders of the children
 */
export function listArtifacts(
  children: readonly string[],
  teacher: string,
  { spaces, calibration }: Pick<TrainConfig, "spaces" | "calibration">,
): TrainedArtifact[] {
  return [
    ...[...new Set(children)].map((place) => ({ what: "child", place })),
    { what: "teacher", place: teacher },
    { what: "spaces", place: spaces },
    { what: "calibration", place: calibration },
  ];
}

/** How many held-out dialogues something has seen. */
export interface SeenBy {
  readonly what: string;
  readonly place: string;
  /** Number of held-out dialogues that it has seen. */
  readonly dialogues: number;
}

/** Returns whether an artifact has seen a dialogue with this id and this hash of its text. */
type SeenTest = (id: string, hash: string) => boolean;

/** Returns the test of an artifact; undefined when nothing is recorded about this file. */
function recordedTest(place: string, dataHash: string): SeenTest | undefined {
  const seen = readSeen(place);
  if (seen) {
    const hashes = new Set(seenHashes(seen));
    return (_id, hash) => hashes.has(hash);
  }
  // Models of older versions record the split of their data only.
  const split = statSync(place).isDirectory() ? readKnownSplit(place) : undefined;
  return split?.dataHash === dataHash ? (id) => !isHeldOut(id, split) : undefined;
}

/**
 * Counts the held-out dialogues that each artifact has seen.
 *
 * @param dataHash SHA-256 of the file of the dialogues
 * @returns the artifacts that have seen at least one
 * @throws DialoguePpoError ERR_DATA when the record of an artifact is damaged; ERR_ABORTED
 */
export async function findSeen(
  heldOut: Iterable<Dialogue>,
  dataHash: string,
  artifacts: readonly TrainedArtifact[],
  signal?: AbortSignal,
): Promise<SeenBy[]> {
  const tests = artifacts.flatMap(({ what, place }) => {
    const test = place !== undefined && existsSync(place) ? recordedTest(place, dataHash) : undefined;
    return place !== undefined && test ? [{ what, place, test, dialogues: 0 }] : [];
  });
  if (tests.length === 0) return [];
  const pause = createPauses(signal);
  for (const dialogue of heldOut) {
    await pause();
    const hash = dialogueHash(dialogue);
    for (const one of tests) one.dialogues += one.test(dialogue.id, hash) ? 1 : 0;
  }
  return tests.flatMap(({ what, place, dialogues }) => (dialogues > 0 ? [{ what, place, dialogues }] : []));
}

/** Returns whether all models record which dialogues they have seen, so that every other dialogue is new to them. */
export const recordWhatTheySaw = (models: readonly string[]): boolean =>
  models.every((model) => readSeen(model) !== undefined);

/** Returns what has seen dialogues and what was done with them: "the starter teacher was trained on". */
function seenFrom(what: string, place: string): string {
  const name =
    path.resolve(place) === path.join(starterFolder, what) ? `starter ${what}` : `${what} (${place})`;
  const use = { spaces: "were made from", calibration: "was made from" }[what] ?? "was trained on";
  return `the ${name} ${use}`;
}

/**
 * Warns of dialogues that were seen.
 * @param all the dialogues among which they are: "27 held-out dialogues"
 */
export function warnAboutSeen(seen: readonly SeenBy[], all: string, log: Logger): void {
  for (const { what, place, dialogues } of seen) {
    log.warn(
      `${seenFrom(what, place)} ${formatInteger(dialogues)} of the ${all}; ` +
        "results on these say nothing about unseen dialogues",
    );
  }
}
