import { accessSync, constants, existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { writeFileAtomic, writeFolderAtomic } from "../atomic.ts";
import { DialoguePpoError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { LanguageModel } from "../model/language-model.ts";
import { type PpoOptions, PpoTrainer } from "../model/ppo-trainer.ts";
import { selectValues } from "../options/option.ts";
import { PPO_RUN_OPTIONS } from "../options/ppo.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { type RunFolder, runFolder, stateFolder } from "../run/folder.ts";
import { disposeParticipants, type TrainingSetup } from "../setup/training.ts";
import { PromptCursor } from "./cursor.ts";
import { type ResumePoint, rewind, warnAboutDifferences } from "./resume.ts";
import { storedTrainConfig } from "./state.ts";

/** A prepared run with its trainer and its folder. */
export interface Session extends TrainingSetup {
  readonly folder: RunFolder;
  readonly reference: LanguageModel;
  readonly trainer: PpoTrainer;
  readonly cursor: PromptCursor;
  /** Steps that were done before this invocation. */
  readonly done: number;
  /** Dropped samples and retries of the whole run. */
  readonly counts: { dropped: Record<string, number>; retries: number };
}

/**
 * Checks that a folder, which need not exist yet, can be written to.
 * @throws DialoguePpoError ERR_CONFIG
 */
export function checkWritable(directory: string): void {
  let existing = path.resolve(directory);
  while (!existsSync(existing)) existing = path.dirname(existing);
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${directory} cannot be written to (${existing} is not writable)`,
      {
        cause,
      },
    );
  }
}

async function createRunFolder(setup: TrainingSetup, folder: RunFolder): Promise<void> {
  mkdirSync(folder.root, { recursive: true });
  for (const file of [folder.log, folder.logArray, folder.samples]) rmSync(file, { force: true });
  await writeFolderAtomic(folder.reference, (partial) => setup.exchange.child.model.save(partial));
  await setup.reward.save(folder);
  writeFileAtomic(folder.config, `${JSON.stringify(storedTrainConfig(setup.config), null, 2)}\n`);
}

/** Returns the trainer's options: those that the run has, and those that follow from it. */
export function ppoOptions(config: TrainConfig, totalSteps: number, device: string): PpoOptions {
  const { seed } = config;
  return {
    ...selectValues(PPO_RUN_OPTIONS, { ...config }),
    seed,
    totalSteps,
    autocastBf16: device !== "cpu",
  };
}

/**
 * Makes the run's folder, or takes it back to the resumed step, and builds the trainer.
 * @param totalSteps of the run; learning-rate schedules end there
 */
export async function openSession(
  setup: TrainingSetup,
  totalSteps: number,
  log: Logger,
  point?: ResumePoint,
): Promise<Session> {
  const { config, device, exchange, prompts } = setup;
  const folder = runFolder(point?.root ?? path.resolve(config.outputDir));
  if (point) {
    warnAboutDifferences(setup.provenance, point, log);
    rewind(point, log);
    writeFileAtomic(folder.config, `${JSON.stringify(storedTrainConfig(config), null, 2)}\n`);
  } else {
    await createRunFolder(setup, folder);
  }
  // The first invocation reads the reference from the run's folder too, so that it has the same bytes on the same
  // alignment as in a resumed one.
  const reference = await LanguageModel.load(folder.reference, { device });
  const { padId: padTokenId } = exchange.childIds;
  const trainer = await PpoTrainer.create(exchange.child.model, {
    ...ppoOptions(config, totalSteps, device),
    padTokenId,
    reference,
  });
  if (point) await trainer.loadState(stateFolder(point.directory));
  const cursor = new PromptCursor(prompts.prompts, config.seed, point?.state.cursor);
  const counts = { dropped: { ...point?.state.dropped }, retries: point?.state.retries ?? 0 };
  return { ...setup, folder, reference, trainer, cursor, counts, done: point?.step ?? 0 };
}

/** Frees models and trainer. */
export async function closeSession(
  session: Pick<Session, "trainer" | "reference" | "exchange">,
): Promise<void> {
  await session.trainer.dispose();
  await session.reference.dispose();
  await disposeParticipants(session.exchange);
}
