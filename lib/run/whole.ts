import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { type Checkpoint, childFolder, infoFile, listCheckpoints, stateFolder } from "./folder.ts";
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
    return `${manifestFile(run === undefined ? root : directory)} is missing (--no-verify goes on without it)`;
  }
  if ((own?.run ?? "") !== (run ?? "")) return `${directory} belongs to another run than ${root}`;
  if (own && own.step !== step)
    return `${directory} is the checkpoint of step ${own.step}, not of step ${step}`;
  return undefined;
}

/** Returns what is wrong with a checkpoint, as a sentence that begins with a path; undefined when nothing is. */
async function findDamage(
  root: string,
  checkpoint: Checkpoint,
  part: CheckpointPart,
  comparison: ManifestCheck,
): Promise<string | undefined> {
  const { directory } = checkpoint;
  const names = [childFolder(directory), infoFile(directory)].map((file) => path.basename(file));
  try {
    return (
      findWrongIdentity(root, checkpoint, comparison.hash !== "none") ??
      (await findDifference(directory, { ...comparison, parts: part === "child" ? names : undefined }))
    );
  } catch (error) {
    if (error instanceof DialoguePpoError && error.code === "ERR_CHECKPOINT_FORMAT") return error.message;
    throw error;
  }
}

/** Returns the newest checkpoint of a run that is whole and can be used in place of a damaged one. */
async function findWhole(
  root: string,
  damaged: string,
  part: CheckpointPart,
  comparison: ManifestCheck,
): Promise<string | undefined> {
  for (const checkpoint of listCheckpoints(root).toReversed()) {
    const { directory } = checkpoint;
    if (directory === damaged || (part === "state" && !existsSync(stateFolder(directory)))) continue;
    if ((await findDamage(root, checkpoint, part, comparison)) === undefined) return directory;
  }
  return undefined;
}

async function requireAgreement(
  root: string,
  checkpoint: Checkpoint,
  { part, verify = true, signal }: CheckpointUse,
  hash: ManifestCheck["hash"],
): Promise<void> {
  const damage = await findDamage(root, checkpoint, part, { hash, signal });
  if (damage !== undefined) {
    const everything = { hash: verify ? ("all" as const) : ("none" as const), signal };
    const whole = await findWhole(root, checkpoint.directory, part, everything);
    const remedy = whole === undefined ? "no other checkpoint of this run is whole" : `${whole} is whole`;
    throw new DialoguePpoError("ERR_CHECKPOINT_FORMAT", `${damage}; ${remedy}`);
  }
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
 *   whole
 */
export async function requireWhole(
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

/**
 * Loads files while their contents are checked.
 *
 * @param verify checks the contents; undefined when there is nothing to check them against
 * @throws the error of the check, which says more than that of a loader that met a damaged file; otherwise that of the
 *   loader
 */
export async function loadWhileVerifying<T>(
  verify: (() => Promise<void>) | undefined,
  load: () => Promise<T>,
): Promise<T> {
  const [verified, loaded] = await Promise.allSettled([verify?.(), load()]);
  if (verified.status === "rejected") throw verified.reason;
  if (loaded.status === "rejected") throw loaded.reason;
  return loaded.value;
}
