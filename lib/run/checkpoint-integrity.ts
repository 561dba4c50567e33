import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { type Checkpoint, childFolder, infoFile, listCheckpoints, stateFolder } from "./folder.ts";
import { type IntegrityRules, requireIntact } from "./integrity.ts";
import { findDifference, type ManifestCheck, manifestFile, readManifest } from "./manifest.ts";

/** Part of a checkpoint that is used: everything for resuming, or only the child. */
export type CheckpointPart = "state" | "child";

/** How a checkpoint is checked. */
export interface CheckpointUse {
  /** Part of the checkpoint that is used. */
  readonly part: CheckpointPart;
  /** Whether the SHA-256 of the files is compared; their sizes always are. Default true. */
  readonly verify?: boolean | undefined;
  /** Ends the check with ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns what is wrong with the identity of a checkpoint.
 * @param strict whether a run and its checkpoint must both have a manifest, or neither
 */
function findWrongIdentity(
  root: string,
  { step, directory }: Checkpoint,
  strict: boolean,
): string | undefined {
  const run = readManifest(root)?.run;
  const own = readManifest(directory);
  if ((run === undefined) !== (own === undefined) && own?.run !== "") {
    if (!strict) return undefined;
    return `${manifestFile(run === undefined ? root : directory)} is missing (--no-verify continues without it)`;
  }
  if ((own?.run ?? "") !== (run ?? "")) return `${directory} belongs to another run than ${root}`;
  if (own && own.step !== step)
    return `${directory} is the checkpoint of step ${own.step}, not of step ${step}`;
  return undefined;
}

/** Returns how the checkpoints of a run are checked when a part of one is used. */
function integrityRules(
  root: string,
  { directory: used }: Checkpoint,
  part: CheckpointPart,
): IntegrityRules<Checkpoint> {
  return {
    findDamage: async (checkpoint, check) => {
      const { directory } = checkpoint;
      const names = [childFolder(directory), infoFile(directory)].map((file) => path.basename(file));
      const parts = part === "child" ? names : undefined;
      return (
        findWrongIdentity(root, checkpoint, check.hash !== "none") ??
        (await findDifference(directory, { ...check, parts }))
      );
    },
    listOthers: () =>
      listCheckpoints(root).filter(
        ({ directory }) => directory !== used && (part === "child" || existsSync(stateFolder(directory))),
      ),
    remedy: (intact) =>
      intact === undefined ? "no other checkpoint of this run is whole" : `${intact.directory} is whole`,
  };
}

async function requireAgreement(
  root: string,
  checkpoint: Checkpoint,
  { part, signal }: CheckpointUse,
  hash: ManifestCheck["hash"],
): Promise<void> {
  await requireIntact(checkpoint, { hash, signal }, integrityRules(root, checkpoint, part));
  const shared = await findDifference(root, { hash, signal });
  if (shared === undefined) return;
  throw new DialoguePpoError(
    "ERR_CHECKPOINT_FORMAT",
    `${shared}; every checkpoint of this run needs this file, so restore it from a copy`,
  );
}

/**
 * Checks that a checkpoint, and the files of its run, have the contents with which they were written: first what takes
 * no time, which is the sizes of all files and the contents of small ones. Files of an older version have no manifest
 * and are not checked.
 *
 * @param root folder of the run
 * @returns a function that compares the contents of the large files, which takes seconds for each gigabyte. It throws
 *   the same errors.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT naming the file with both values, and the newest checkpoint that is
 *   intact
 */
export async function requireIntactCheckpoint(
  root: string,
  checkpoint: Checkpoint,
  use: CheckpointUse,
): Promise<() => Promise<void>> {
  if (use.verify === false) {
    await requireAgreement(root, checkpoint, use, "none");
    return async () => {};
  }
  await requireAgreement(root, checkpoint, use, "small");
  return () => requireAgreement(root, checkpoint, use, "all");
}
