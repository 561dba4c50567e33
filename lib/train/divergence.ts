import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { areAllFinite, findNotFinite, isNotFiniteError } from "../model/finite.ts";
import { checkpointFolder, childFolder, listCheckpoints, type RunFolder, setAside } from "../run/folder.ts";
import type { Session } from "./session.ts";

type WatchedSession = Pick<Session, "folder" | "done" | "exchange">;

/** Describes from where a run that has diverged can go on. */
function describeRemedy({ root }: RunFolder): string {
  const newest = listCheckpoints(root).at(-1);
  if (newest === undefined)
    return "no checkpoint is left to continue from; begin a new run with other options";
  return `${newest.directory} is kept, from which the run can be resumed with other options`;
}

/**
 * Returns the error with which a run ends that has diverged. It names the checkpoint that is kept.
 * @param what what was seen, as a sentence without its full stop
 */
export function divergedError(
  { folder }: Pick<Session, "folder">,
  what: string,
  cause?: unknown,
): DialoguePpoError {
  return new DialoguePpoError("ERR_DIVERGED", `${what}; ${describeRemedy(folder)}`, { cause });
}

/**
 * Returns the files of weights from which a step of a run begins. The optimizer checks its own file when it is loaded.
 */
function tensorFiles({ folder, done }: WatchedSession): string[] {
  const checkpoint = checkpointFolder(folder.root, done);
  return [folder.reference, childFolder(checkpoint)]
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => path.join(place, name)))
    .filter((file) => file.endsWith(".safetensors"));
}

async function hasFiniteLogits({ exchange }: WatchedSession, ids: Int32Array): Promise<boolean> {
  const [logits] = await exchange.child.model.logits([ids]);
  return logits !== undefined && areAllFinite(logits);
}

/**
 * Returns the error to throw after a step failed. If numbers became infinite or undefined, it says where they come
 * from: a file that was read, or the updates of the run.
 *
 * @param hasUpdated whether the step had changed the weights. If not, a checkpoint just before it leads to the same
 *   failure each time, so it is set aside.
 */
export async function explainFailure(
  session: WatchedSession,
  step: number,
  error: unknown,
  hasUpdated: boolean,
): Promise<unknown> {
  if (!isNotFiniteError(error)) return error;
  // The first step computes only with what was read from files, so a file can be the cause.
  for (const file of step === session.done + 1 ? tensorFiles(session) : []) {
    const tensor = findNotFinite(file);
    if (tensor === undefined) continue;
    return new DialoguePpoError(
      "ERR_CHECKPOINT_FORMAT",
      `${file}: ${tensor} has a value that is not finite; expected finite numbers only`,
      { cause: error },
    );
  }
  const newest = listCheckpoints(session.folder.root).at(-1);
  if (hasUpdated || newest?.step !== step - 1)
    return divergedError(session, `step ${step}: ${error.message}`, error);
  const aside = path.basename(setAside(newest.directory, `diverged-step-${newest.step}`));
  return divergedError(
    session,
    `step ${step}: ${error.message}; the checkpoint before it cannot go on and is now ${aside}`,
    error,
  );
}

/**
 * Checks that the child can still be used after an update, before it becomes the newest checkpoint.
 *
 * @param ids tokens of a dialogue
 * @throws DialoguePpoError ERR_DIVERGED when its logits are not finite
 */
export async function requireUsableChild(
  session: WatchedSession,
  step: number,
  ids: Int32Array,
): Promise<void> {
  if (await hasFiniteLogits(session, ids)) return;
  throw divergedError(
    session,
    `step ${step}: the child's logits are not finite after the update; lower --learning-rate or set --max-grad-norm 1`,
  );
}
