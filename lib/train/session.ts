import { accessSync, constants, existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { LanguageModel } from "../model/language-model.ts";
import { type PpoOptions, PpoTrainer } from "../model/ppo-trainer.ts";
import { selectValues } from "../options/option.ts";
import { PPO_RUN_OPTIONS } from "../options/ppo.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { publishFolder, writeFileAtomic } from "../run/atomic.ts";
import { type RunFolder, runFolder, stateFolder } from "../run/folder.ts";
import { disposeParticipants, type TrainingSetup } from "../setup/training.ts";
import { PromptCursor } from "./cursor.ts";
import { type ResumePoint, rewind, warnOfDifferences } from "./resume.ts";
import { lastingConfig } from "./state.ts";

/** A prepared run with its trainer and its folder. */
export interface Session extends TrainingSetup {
  readonly folder: RunFolder;
  readonly reference: LanguageModel;
  readonly trainer: PpoTrainer;
  readonly cursor: PromptCursor;
  /** Steps that were done before this invocation. */
  readonly done: number;
  /** Counts over the whole run. */
  readonly tally: { dropped: Record<string, number>; retries: number };
}

/** @throws DialoguePpoError ERR_CONFIG when the folder could not be written to; tried before anything is */
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
  const partial = `${folder.reference}.partial`;
  rmSync(partial, { recursive: true, force: true });
  await setup.exchange.child.model.save(partial);
  publishFolder(partial, folder.reference);
  await setup.reward.save(folder);
  writeFileAtomic(folder.config, `${JSON.stringify(lastingConfig(setup.config), null, 2)}\n`);
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
    warnOfDifferences(setup.provenance, point, log);
    rewind(point, log);
    writeFileAtomic(folder.config, `${JSON.stringify(lastingConfig(config), null, 2)}\n`);
  } else {
    await createRunFolder(setup, folder);
  }
  // Read from the run's folder in a first and in a resumed invocation alike: the same bytes on the same alignment.
  const reference = await LanguageModel.load(folder.reference, { device });
  const { padId: padTokenId } = exchange.childIds;
  const trainer = await PpoTrainer.create(exchange.child.model, {
    ...ppoOptions(config, totalSteps, device),
    padTokenId,
    reference,
  });
  if (point) await trainer.loadState(stateFolder(point.directory));
  const cursor = new PromptCursor(prompts.prompts, config.seed, point?.state.cursor);
  const tally = { dropped: { ...point?.state.dropped }, retries: point?.state.retries ?? 0 };
  return { ...setup, folder, reference, trainer, cursor, tally, done: point?.step ?? 0 };
}

/** Frees models and trainer. */
export async function closeSession(
  session: Pick<Session, "trainer" | "reference" | "exchange">,
): Promise<void> {
  await session.trainer.dispose();
  await session.reference.dispose();
  await disposeParticipants(session.exchange);
}
