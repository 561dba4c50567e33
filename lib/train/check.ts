import { countSteps } from "../data/order.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { DownloadProgress } from "../hub/download.ts";
import { type Logger, silentLogger } from "../log.ts";
import { engineInfo, setThreads } from "../model/engine.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { PpoTrainer } from "../model/ppo-trainer.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { trackingPlan } from "../track/plan.ts";
import { PromptCursor } from "./cursor.ts";
import { type Estimate, estimateRun } from "./estimate.ts";
import { checkOutputFolder } from "./resume.ts";
import { type Rollout, rollOut } from "./rollout.ts";
import { checkWritable, ppoOptions } from "./session.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

/** One thing that was tried. */
export interface CheckItem {
  readonly name: string;
  readonly ok: boolean;
  /** What was seen, or what is wrong and how to mend it. */
  readonly detail: string;
}

export interface CheckReport {
  readonly checks: readonly CheckItem[];
  /** Null when something failed before it could be measured. */
  readonly estimate: Estimate | null;
}

const SAMPLES = 2;

/** Runs checks one after the other; what follows a failed one is not tried. */
class Checklist {
  readonly items: CheckItem[] = [];
  readonly #tell: (item: CheckItem) => void;

  constructor(tell: (item: CheckItem) => void) {
    this.#tell = tell;
  }

  /** @returns what the check found out; undefined when it failed */
  async try<T>(
    name: string,
    run: () => Promise<T> | T,
    describe: (found: T) => string,
  ): Promise<T | undefined> {
    try {
      const found = await run();
      this.#add({ name, ok: true, detail: describe(found) });
      return found;
    } catch (error) {
      if (error instanceof DialoguePpoError && error.code === "ERR_ABORTED") throw error;
      this.#add({ name, ok: false, detail: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }

  #add(item: CheckItem): void {
    this.items.push(item);
    this.#tell(item);
  }
}

function fail(message: string): never {
  throw new DialoguePpoError("ERR_INTERNAL", message);
}

/** One dialogue through child, teacher and scorer. */
async function exchangeOnce(workshop: Workshop): Promise<Rollout> {
  const { exchange, prompts, scoring, config } = workshop;
  const cursor = new PromptCursor(prompts.prompts, config.seed);
  const { seed, failurePolicy } = config;
  const rollout = await rollOut(
    { exchange, scorer: scoring.scorer, cursor, batchSize: SAMPLES, seed, failurePolicy },
    0,
  );
  const [sample] = rollout.samples;
  if (!sample || sample.childIds.length === 0) fail("the child gave no token");
  return rollout;
}

function describeScores({ samples }: Rollout): string {
  const shown = (value: number | undefined): string => (value === undefined ? "none" : value.toFixed(3));
  return samples
    .map(({ scored }) => {
      const { child, teacherScore, human } = scored;
      return `child ${shown(child?.value)}, teacher ${shown(teacherScore)}, human ${shown(human?.value)}`;
    })
    .join("; ");
}

function checkScores(rollout: Rollout): Rollout {
  for (const { scored } of rollout.samples) {
    for (const value of [scored.child?.value, scored.teacherScore]) {
      if (value !== undefined && !(value >= 0 && value <= 1))
        fail(`a composite of ${value} lies outside 0 to 1`);
    }
  }
  return rollout;
}

/** Logits of one prompt: as many rows as tokens, as many columns as the vocabulary. */
async function checkShapes({ models }: Workshop, { samples }: Rollout): Promise<string> {
  const ids = samples[0]?.promptIds ?? new Int32Array();
  const [logits] = await models.child.logits([ids]);
  const expected = ids.length * models.child.config.vocabSize;
  if (logits?.length !== expected) fail(`logits have ${logits?.length} values, expected ${expected}`);
  return `logits ${ids.length} x ${models.child.config.vocabSize}, responses in tokens: ${samples.map((s) => s.childIds.length).join(" and ")}`;
}

interface TrialStep {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly seconds: number;
}

/** A real PPO step on two samples, and a refused one; the weights on disk stay as they are. */
async function trialStep(
  workshop: Workshop,
  rollout: Rollout,
  checklist: Checklist,
): Promise<TrialStep | undefined> {
  const { config, models } = workshop;
  const small = { ...config, batchSize: SAMPLES, miniBatchSize: SAMPLES, gradientAccumulationSteps: 1 };
  const trainer = await PpoTrainer.create(models.child, ppoOptions(small, 1, models.device));
  const queries = rollout.samples.map(({ promptIds }) => promptIds);
  const responses = rollout.samples.map(({ childIds }) => childIds);
  const scores = Float32Array.from(rollout.samples, ({ reward }) => reward);
  try {
    await checklist.try(
      "error handling",
      async () => {
        const refused = await trainer
          .step({ queries, responses: [new Int32Array(), ...responses.slice(1)], scores })
          .then(
            () => undefined,
            (error: DialoguePpoError) => error,
          );
        return refused?.code === "ERR_SHAPE"
          ? refused
          : fail("an empty response was not refused with ERR_SHAPE");
      },
      (refused) => `an empty response is refused: ${refused.message}`,
    );
    return await checklist.try(
      "PPO step",
      async () => {
        const began = performance.now();
        const { stats, gradientNorms } = await trainer.step({ queries, responses, scores });
        const seconds = (performance.now() - began) / 1000;
        const [loss, gradientNorm] = [stats["ppo/loss/total"] ?? Number.NaN, gradientNorms[0] ?? Number.NaN];
        if (!Number.isFinite(loss) || !(gradientNorm > 0))
          fail(`loss ${loss}, gradient norm ${gradientNorm}`);
        return { loss, gradientNorm, seconds };
      },
      ({ loss, gradientNorm, seconds }) =>
        `two samples in ${seconds.toFixed(2)} s, loss ${loss.toPrecision(3)}, gradient norm ${gradientNorm.toPrecision(3)}`,
    );
  } finally {
    await trainer.dispose();
  }
}

function estimateOf(workshop: Workshop, rollout: Rollout, update: TrialStep): Estimate {
  const { config, models, prompts } = workshop;
  const { child, teacher } = rollout.seconds;
  const longest = prompts.prompts.reduce((most, { text }) => Math.max(most, text.length), 0);
  const sample = prompts.prompts.find(({ text }) => text.length === longest);
  const tokens = sample ? models.childTokenizer.encode(sample.text).length : 0;
  return estimateRun({
    config,
    ...countSteps(prompts.prompts.length, config),
    childBytes: models.child.bytes,
    teacherBytes: models.teacher.bytes,
    vocabSize: models.child.config.vocabSize,
    longestTokens: tokens + config.maxNewTokens,
    samples: SAMPLES,
    rolloutSeconds: child + teacher + rollout.seconds.score,
    updateSeconds: update.seconds,
    residentBytes: process.resourceUsage().maxRSS * 1024,
  });
}

async function checkWorkshop(workshop: Workshop, checklist: Checklist): Promise<Estimate | null> {
  const rollout = await checklist.try(
    "interaction",
    () => exchangeOnce(workshop),
    ({ samples }) => {
      const { child = "", teachers = [] } = samples[0] ?? {};
      return `child: ${JSON.stringify(child)}; teacher: ${JSON.stringify(teachers[0] ?? "")}`;
    },
  );
  if (!rollout) return null;
  await checklist.try("TAACO", () => checkScores(rollout), describeScores);
  await checklist.try(
    "shapes",
    () => checkShapes(workshop, rollout),
    (text) => text,
  );
  const update = await trialStep(workshop, rollout, checklist);
  return update ? estimateOf(workshop, rollout, update) : null;
}

/**
 * Tries everything a run needs and takes one real PPO step on two samples. Nothing is written but the caches of models,
 * spaces and calibrations, which the run then finds filled.
 *
 * @param onItem called with each result as it is known
 */
export async function checkRun(
  config: TrainConfig,
  options: {
    env: Readonly<Record<string, string | undefined>>;
    signal?: AbortSignal | undefined;
    onDownload?: DownloadProgress | undefined;
    onItem?: (item: CheckItem) => void;
    /** Told what takes long and what is doubtful, such as labels that are none. */
    log?: Logger | undefined;
  },
): Promise<CheckReport> {
  const checklist = new Checklist(options.onItem ?? (() => {}));
  const engine = await checklist.try(
    "addon",
    () => {
      if (config.threads !== undefined) setThreads(config.threads);
      return engineInfo();
    },
    ({ libtorch, flavour, threads }) =>
      `libtorch ${libtorch} (${flavour}), ${formatCount(threads, "thread")}`,
  );
  await checklist.try(
    "output folder",
    () => {
      checkWritable(config.outputDir);
      checkOutputFolder(config.outputDir, false);
    },
    () => `${config.outputDir} can be written`,
  );
  await checklist.try(
    "tracking",
    () => trackingPlan(config, options.env),
    (lines) => lines.join("; "),
  );
  if (!engine) return { checks: checklist.items, estimate: null };
  const workshop = await checklist.try(
    "data and models",
    () => openWorkshop(config, options.log ?? silentLogger, options),
    ({ data, models, prompts }) =>
      `${formatCount(data.train.length, "dialogue")} (${formatCount(prompts.prompts.length, "prompt")}), child ${describeModel(models.child)}, ` +
      `teacher ${describeModel(models.teacher)}, tokenizers agree, on ${models.device}`,
  );
  if (!workshop) return { checks: checklist.items, estimate: null };
  try {
    return { estimate: await checkWorkshop(workshop, checklist), checks: checklist.items };
  } finally {
    await workshop.models.child.dispose();
    await workshop.models.teacher.dispose();
  }
}

function describeModel({ config }: LanguageModel): string {
  return `${config.modelType} with ${formatCount(config.parameters, "parameter")}`;
}
