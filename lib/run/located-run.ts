import { type Checkpoint, locateCheckpoint, readRunJson, runFolder } from "./folder.ts";

/** A checkpoint of a run, with the options of the run. */
export interface LocatedRun extends Checkpoint {
  readonly root: string;
  readonly config: Record<string, unknown>;
}

/**
 * Finds a checkpoint of a run: that of a step, or the newest.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT
 */
export function locateRun(target: string, step: number | undefined): LocatedRun {
  const found = locateCheckpoint(target, step);
  return { ...found, config: readRunJson(runFolder(found.root).config) };
}
