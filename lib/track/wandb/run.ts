import { createHash, randomInt } from "node:crypto";
import { createReadStream, readdirSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { makeFolders } from "../../files/make-folders.ts";
import { WandbLogFile } from "./log-file.ts";
import * as records from "./records.ts";
import { writeTable } from "./table.ts";

/** Options of {@link WandbRun}. */
export interface WandbOptions {
  /** Folder in which `wandb/offline-run-...` is created. */
  readonly directory: string;
  readonly project: string;
  readonly entity?: string | undefined;
  readonly group?: string | undefined;
  readonly name?: string | undefined;
  readonly notes?: string | undefined;
  readonly tags?: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
  /** Version of this package. */
  readonly version: string;
  /** Start time. Default: now. */
  readonly now?: Date;
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

function createRunId(): string {
  return Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

function formatTimestamp(date: Date): string {
  const pad = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}${pad(date.getMonth() + 1)}${pad(date.getDate())}`;
  return `${day}_${pad(date.getHours())}${pad(date.getMinutes())}${pad(date.getSeconds())}`;
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Writes a run in W&B's offline format. `wandb sync <directory>` uploads it, during the run or afterwards. */
export class WandbRun {
  readonly directory: string;
  readonly id = createRunId();
  readonly #log: WandbLogFile;
  readonly #description: records.RunDescription;
  readonly #startSeconds: number;
  readonly #summary: Record<string, unknown> = {};
  #recordCount = 0;
  #lastCpu = process.cpuUsage();
  #lastCpuAt = performance.now();

  constructor(options: WandbOptions) {
    const now = options.now ?? new Date();
    this.#startSeconds = now.getTime() / 1000;
    const parent = path.join(options.directory, "wandb");
    this.directory = path.join(parent, `offline-run-${formatTimestamp(now)}-${this.id}`);
    makeFolders(path.join(this.directory, "files"));
    makeFolders(path.join(this.directory, "logs"));
    this.#log = new WandbLogFile(path.join(this.directory, `run-${this.id}.wandb`));
    const { project, entity, group, name, notes, tags = [], config } = options;
    const identity = { id: this.id, host: os.hostname(), startSeconds: this.#startSeconds };
    this.#description = { ...identity, project, entity, group, name, notes, tags, config };
    this.#write(records.header(`dialogue-ppo ${options.version}`));
    this.#write(records.run(this.#description));
    linkLatestRun(parent, this.directory);
  }

  #write(body: Buffer): void {
    this.#recordCount += 1;
    this.#log.append(records.record(this.#recordCount, body));
  }

  /** Writes one row of the history. Non-finite values become W&B's strings ("NaN", "Infinity"). */
  log(step: number, values: Readonly<Record<string, unknown>>): void {
    const seconds = Date.now() / 1000;
    const extra = { _step: step, _timestamp: seconds, _runtime: seconds - this.#startSeconds };
    this.#write(records.history(step, { ...values, ...extra }));
    Object.assign(this.#summary, values, extra);
  }

  /** Writes CPU and memory use under W&B's names for system metrics. */
  logSystem(): void {
    const cpu = process.cpuUsage(this.#lastCpu);
    const elapsed = performance.now() - this.#lastCpuAt;
    this.#lastCpu = process.cpuUsage();
    this.#lastCpuAt = performance.now();
    const share = elapsed > 0 ? ((cpu.user + cpu.system) / 1000 / elapsed) * 100 : 0;
    const values = {
      cpu: share / os.availableParallelism(),
      memory_percent: (1 - os.freemem() / os.totalmem()) * 100,
      "proc.memory.rssMB": process.memoryUsage.rss() / 2 ** 20,
    };
    this.#write(records.systemStats(Date.now() / 1000, values));
  }

  /** Writes a table to a file and returns the history value that displays it under `key`. */
  table(
    key: string,
    step: number,
    columns: readonly string[],
    rows: readonly (readonly unknown[])[],
  ): Record<string, unknown> {
    const folder = path.join(this.directory, "files");
    const table = writeTable(folder, key.replaceAll("/", "_"), columns, rows, step);
    this.#write(records.savedFile(table.path));
    return { [key]: table.value };
  }

  /** Logs a folder as a versioned artifact. Its files must exist until the run is synced. */
  async logArtifact(folder: string, content: Omit<records.Artifact, "files">): Promise<void> {
    const files: records.ArtifactFile[] = [];
    for (const file of listFiles(folder)) {
      files.push({
        name: path.relative(folder, file).split(path.sep).join("/"),
        localPath: path.resolve(file),
        size: statSync(file).size,
        md5: await md5File(file),
      });
    }
    this.#write(records.artifact(this.#description, { ...content, files }));
  }

  /** Writes the summary and the exit record. Without them W&B displays the run as crashed. */
  finish(exitCode: number): void {
    this.#write(records.summary(this.#summary));
    this.#write(records.exit(exitCode, Date.now() / 1000 - this.#startSeconds));
    this.#log.close();
  }
}

/** Returns the MD5 of a file. Reads it in chunks, since a model's weights may not fit in one buffer. */
async function md5File(file: string): Promise<Buffer> {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest();
}

/** Links `wandb/latest-run` as the Python client does. A file system without symbolic links is no error. */
function linkLatestRun(parent: string, directory: string): void {
  const link = path.join(parent, "latest-run");
  try {
    unlinkSync(link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return;
  }
  try {
    symlinkSync(path.basename(directory), link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}
