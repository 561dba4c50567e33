import { existsSync } from "node:fs";
import path from "node:path";
import type { Logger } from "../../log.ts";
import { packageVersion } from "../../package.ts";
import type { SampleRecord, StepLog } from "../../run/records.ts";
import { type Bins, computeBins } from "../bins.ts";
import { SAMPLE_COLUMNS, sampleRow } from "../sample-text.ts";
import type { Distributions, Sink, SinkOptions } from "../sink.ts";
import { type WandbEnvironment, wandbEnvironment } from "./environment.ts";
import { LiveSync, syncCommand } from "./live-sync.ts";
import { WandbRun } from "./run.ts";

const SYSTEM_INTERVAL_MS = 15_000;
// Each table is written to a new file, and W&B displays the last one of a key.
const TABLE_ROWS = 200;
const TABLE_EVERY_STEPS = 10;
/** The whole run is on disk, so that an upload that does not end can be left to `wandb sync`. */
const UPLOAD_SECONDS = 60;

/** Opens a W&B run, or returns undefined when no project is set or W&B is disabled. */
export function openWandb(options: SinkOptions): WandbSink | undefined {
  const { config, env } = options;
  if (!config.wandbProject) return undefined;
  const settings = wandbEnvironment(env);
  for (const problem of settings.problems) options.log.warn(`W&B: ${problem}`);
  if (settings.mode === "disabled") {
    options.log.info("W&B: switched off by WANDB_MODE, WANDB_DISABLED or W&B's settings");
    return undefined;
  }
  return new WandbSink(options, config.wandbProject, settings);
}

/** Logs a training run to W&B's offline format and uploads it while it is written, when that is possible. */
export class WandbSink implements Sink {
  readonly name = "W&B";
  readonly #run: WandbRun;
  readonly #log: Logger;
  readonly #logModel: WandbEnvironment["logModel"];
  readonly #sync: LiveSync | undefined;
  readonly #systemTimer: NodeJS.Timeout;
  #rows: (string | number | null)[][] = [];
  #lastTableStep = 0;
  #lastStep = 0;
  #checkpoint: { readonly dir: string; readonly step: number } | undefined;
  #loggedStep = -1;
  #timerFailure: unknown;

  constructor(options: SinkOptions, project: string, settings: WandbEnvironment) {
    const { config, outputDir, resumedFrom, env, log } = options;
    const folder = path.basename(path.resolve(outputDir));
    const { entity, notes, tags } = settings;
    this.#log = log;
    this.#logModel = settings.logModel;
    // W&B cannot continue an offline run, so a resumed run becomes a new W&B run of the same group.
    const resumeConfig = resumedFrom === undefined ? {} : { resumedFromStep: resumedFrom };
    this.#run = new WandbRun({
      directory: path.resolve(settings.directory ?? outputDir),
      project,
      entity,
      notes,
      tags,
      group: settings.group ?? folder,
      name: (settings.name ?? folder) + (resumedFrom === undefined ? "" : ` from step ${resumedFrom}`),
      config: { ...config, ...resumeConfig },
      version: packageVersion(),
    });
    this.#sync = startSync(this.#run.directory, settings, options);
    this.#run.logSystem();
    this.#systemTimer = setInterval(() => this.#logSystem(), SYSTEM_INTERVAL_MS).unref();
    log.info(`W&B: writing ${this.#run.directory}`);
    if (env.WANDB_RUN_ID || env.WANDB_RESUME) {
      log.warn("W&B: WANDB_RUN_ID and WANDB_RESUME are not used; each segment of a run is a run of its own");
    }
  }

  /** Writes the system figures. Nobody catches what a timer throws, so an error is kept for the next step. */
  #logSystem(): void {
    try {
      this.#run.logSystem();
    } catch (error) {
      clearInterval(this.#systemTimer);
      this.#timerFailure = error;
    }
  }

  step(record: StepLog, samples: readonly SampleRecord[], distributions: Distributions = {}): void {
    if (this.#timerFailure !== undefined) throw this.#timerFailure;
    const { step, stats, nan_keys = [] } = record;
    const scalars = Object.entries(stats).filter(([, value]) => value !== null);
    const nans = nan_keys.map((name) => [name, "NaN"] as const);
    const histograms = Object.entries(distributions)
      .map(([name, values]) => [name, computeBins(values)] as const)
      .flatMap(([name, bins]) => (bins === undefined ? [] : [[name, histogramValue(bins)] as const]));
    this.#rows.push(...samples.map(sampleRow));
    this.#rows = this.#rows.slice(-TABLE_ROWS);
    this.#lastStep = step;
    const table = step >= this.#lastTableStep + TABLE_EVERY_STEPS ? this.#logTable(step) : {};
    this.#run.log(step, { ...Object.fromEntries([...scalars, ...nans, ...histograms]), ...table });
  }

  #logTable(step: number): Record<string, unknown> {
    if (this.#rows.length === 0) return {};
    this.#lastTableStep = step;
    return this.#run.table("samples", step, SAMPLE_COLUMNS, this.#rows);
  }

  async checkpoint(dir: string, step: number): Promise<void> {
    this.#checkpoint = { dir, step };
    if (this.#logModel === "checkpoint") await this.#logCheckpoint();
  }

  /**
   * Logs the model of the last checkpoint. The other files may be deleted before the upload, so they are left out.
   */
  async #logCheckpoint(): Promise<void> {
    if (this.#checkpoint === undefined || this.#loggedStep === this.#checkpoint.step) return;
    const { dir, step } = this.#checkpoint;
    const model = path.join(dir, "child_model");
    this.#loggedStep = step;
    await this.#run.logArtifact(existsSync(model) ? model : dir, {
      name: `child-${this.#run.id}`,
      type: "model",
      aliases: ["latest", `step-${step}`],
      metadata: { step },
    });
  }

  async finish(exitCode: number): Promise<void> {
    clearInterval(this.#systemTimer);
    const table = this.#lastTableStep === this.#lastStep ? {} : this.#logTable(this.#lastStep);
    if (Object.keys(table).length > 0) this.#run.log(this.#lastStep, table);
    if (this.#logModel !== "false") await this.#logCheckpoint();
    this.#run.logSystem();
    this.#run.finish(exitCode);
    if (this.#sync) this.#log.info(`W&B: uploading the rest (at most ${UPLOAD_SECONDS} s)`);
    const uploaded = (await this.#sync?.finish(UPLOAD_SECONDS)) ?? false;
    this.#log.info(uploaded ? "W&B: uploaded" : `W&B: upload with: ${syncCommand(this.#run.directory)}`);
  }
}

const histogramValue = ({ counts, edges }: Bins): object => ({
  _type: "histogram",
  values: counts,
  bins: edges,
});

function startSync(
  directory: string,
  settings: WandbEnvironment,
  options: SinkOptions,
): LiveSync | undefined {
  if (settings.mode === "offline") return undefined;
  const sync = LiveSync.start(directory, options.env);
  if (typeof sync !== "string") return sync;
  options.log.info(`W&B: not uploaded during the run, since ${sync}`);
  return undefined;
}
