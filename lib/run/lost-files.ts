import { existsSync } from "node:fs";
import path from "node:path";
import type { Logger } from "../log.ts";
import type { RunFolder } from "./folder.ts";
import { manifestFile } from "./manifest.ts";

const list = (files: readonly string[]): string =>
  new Intl.ListFormat("en-GB").format(files.map((file) => path.basename(file)));

/**
 * Finds out that files of a run are removed while it runs. The run can go on, because it has read what it needs, but
 * nobody would notice before the log is read, or before the run is resumed.
 */
export class LostFiles {
  readonly #folder: RunFolder;
  readonly #log: Logger;
  readonly #groups: Readonly<Record<"logs" | "rewritten" | "needed", readonly string[]>>;
  readonly #seen = new Set<string>();
  readonly #reported = new Set<string>();

  /** @param log receives one warning whenever files are found to be gone, which names each file only once */
  constructor(folder: RunFolder, log: Logger) {
    this.#folder = folder;
    this.#log = log;
    const { root, config, reference, spaces, calibration, scorePreset } = folder;
    this.#groups = {
      logs: [folder.log, folder.samples],
      rewritten: [config, path.join(root, "tensorboard")],
      needed: [manifestFile(root), reference, spaces, calibration, scorePreset],
    };
    this.remember();
  }

  /** Notes which files are there. */
  remember(): void {
    for (const file of Object.values(this.#groups).flat()) if (existsSync(file)) this.#seen.add(file);
  }

  /**
   * Warns of files that were there and are gone.
   * @param done last step that the logs had
   */
  check(done: number): void {
    const [logs, rewritten, needed] = [this.#lost("logs"), this.#lost("rewritten"), this.#lost("needed")];
    const losses = [
      logs.length > 0 && `the steps up to ${done} are lost from ${list(logs)}`,
      rewritten.length > 0 && `only a resumed run writes ${list(rewritten)} again`,
      needed.length > 0 && `without ${list(needed)}, train --resume and evaluate will refuse the run`,
    ].filter((loss) => loss !== false);
    if (losses.length === 0) return;
    this.#log.warn(
      `files in ${this.#folder.root} were removed during the run, which goes on: ${losses.join("; ")}`,
    );
  }

  #lost(group: "logs" | "rewritten" | "needed"): string[] {
    const lost = this.#groups[group].filter(
      (file) => this.#seen.has(file) && !this.#reported.has(file) && !existsSync(file),
    );
    for (const file of lost) this.#reported.add(file);
    return lost;
  }
}
