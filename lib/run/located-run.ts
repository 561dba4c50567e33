import { z } from "zod";
import { type JsonFormat, readJson } from "../checked-json.ts";
import { DialoguePpoError } from "../errors.ts";
import { TRAIN_OPTIONS } from "../options/train-config.ts";
import { type Checkpoint, infoFile, locateCheckpoint, runFolder } from "./folder.ts";
import { checkStoredOptions } from "./stored-config.ts";
import { RUN_FILE, readTrainingInfo, type TrainingInfo } from "./training-info.ts";

/** The resolved options of a run, by camelCase option. */
export type RunConfig = Readonly<Record<string, unknown>>;

/** A checkpoint of a run, with the options of the run. */
export interface LocatedRun extends Checkpoint {
  /** Folder of the run. */
  readonly root: string;
  /** The resolved options of the run. */
  readonly config: RunConfig;
  /** `training_info.json` of the checkpoint. */
  readonly info: TrainingInfo;
}

const CONFIG: JsonFormat<RunConfig> = { ...RUN_FILE, schema: z.record(z.string(), z.unknown()) };

/**
 * Reads the options of a run for display: those of a checkpoint, which its manifest protects, otherwise those of
 * config.json.
 *
 * @param info `training_info.json` of the checkpoint
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the file cannot be read or is damaged
 */
export function readRunConfig(root: string, info: TrainingInfo | undefined): RunConfig {
  return info?.config ?? readJson(runFolder(root).config, CONFIG);
}

/**
 * Reads the options of a run and checks each of them.
 *
 * @param info `training_info.json` of the checkpoint
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT naming the file, the option and what was expected
 */
export function readRunOptions(root: string, checkpoint: Checkpoint, info: TrainingInfo): RunConfig {
  const file = info.config ? infoFile(checkpoint.directory) : runFolder(root).config;
  return checkStoredOptions(readRunConfig(root, info), TRAIN_OPTIONS, file);
}

/**
 * Refuses an empty folder to resume: it comes from a variable that is not set, and any run that is resumed in its place
 * is a guess.
 *
 * @throws DialoguePpoError ERR_CONFIG
 */
export function checkResume(resume: string | boolean): void {
  if (resume !== "") return;
  throw new DialoguePpoError("ERR_CONFIG", 'resume: expected a run or checkpoint folder, or true, got ""');
}

/**
 * Finds a checkpoint of a run and reads the options of the run.
 *
 * @param target folder of a checkpoint or of a run
 * @param step step of the checkpoint to find in the folder of a run. Default: the newest.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when there is no such checkpoint, or when its options cannot be read
 */
export function locateRun(target: string, step: number | undefined): LocatedRun {
  const found = locateCheckpoint(target, step);
  const info = readTrainingInfo(found.directory);
  return { ...found, config: readRunOptions(found.root, found, info), info };
}
