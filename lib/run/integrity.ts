import { DialoguePpoError } from "../errors.ts";
import type { ManifestCheck } from "./manifest.ts";

/** How the states of a run are checked, which are its checkpoints or the saved states of a pre-training. */
export interface IntegrityRules<State> {
  /**
   * Returns what is wrong with a state, as a sentence that begins with a path; undefined when nothing is. An error
   * ERR_CHECKPOINT_FORMAT counts as damage.
   */
  findDamage(state: State, check: ManifestCheck): Promise<string | undefined>;
  /** Returns the states that could be used in place of the damaged one, the oldest first. */
  listOthers(): readonly State[];
  /** Says how to go on, given the newest of these states that is intact, if any. */
  remedy(intact: State | undefined): string;
}

async function damageOf<State>(
  { findDamage }: IntegrityRules<State>,
  state: State,
  check: ManifestCheck,
): Promise<string | undefined> {
  try {
    return await findDamage(state, check);
  } catch (error) {
    if (error instanceof DialoguePpoError && error.code === "ERR_CHECKPOINT_FORMAT") return error.message;
    throw error;
  }
}

/** Returns the newest of the other states whose files, also the large ones, are as they were written. */
async function findIntact<State>(
  rules: IntegrityRules<State>,
  check: ManifestCheck,
): Promise<State | undefined> {
  const everything: ManifestCheck = { ...check, hash: check.hash === "none" ? "none" : "all" };
  for (const other of rules.listOthers().toReversed()) {
    if ((await damageOf(rules, other, everything)) === undefined) return other;
  }
  return undefined;
}

/**
 * Checks that a state is as it was written.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT naming what is damaged, and the newest other state that is intact
 */
export async function requireIntact<State>(
  state: State,
  check: ManifestCheck,
  rules: IntegrityRules<State>,
): Promise<void> {
  const damage = await damageOf(rules, state, check);
  if (damage === undefined) return;
  const remedy = rules.remedy(await findIntact(rules, check));
  throw new DialoguePpoError("ERR_CHECKPOINT_FORMAT", `${damage}; ${remedy}`);
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
