import { checkKind } from "../arguments.ts";
import { DialoguePpoError } from "../errors.ts";
import { runJob } from "../native/job.ts";
import { loadAddon } from "../native/loader.ts";
import type { NativeTrainer } from "../native/types.ts";

/** Owns an object of the addon and frees it when it is disposed. */
export class NativeHandle<T extends { dispose(): void }> {
  #native: T | undefined;
  #disposing: Promise<void> | undefined;
  readonly #name: string;

  /** @param name noun for error messages, such as "model" or "trainer" */
  constructor(native: T, name: string) {
    this.#native = native;
    this.#name = name;
  }

  /** Whether the object was disposed. */
  get disposed(): boolean {
    return this.#native === undefined;
  }

  /**
   * The native object.
   * @throws DialoguePpoError ERR_DISPOSED after {@link NativeHandle.dispose}
   */
  get live(): T {
    if (this.#native === undefined) {
      throw new DialoguePpoError("ERR_DISPOSED", `the ${this.#name} was disposed`);
    }
    return this.#native;
  }

  /** Waits for running jobs and frees the object. Further calls wait for the first one. */
  async dispose(): Promise<void> {
    this.#disposing ??= this.#free();
    await this.#disposing;
  }

  async #free(): Promise<void> {
    const native = this.#native;
    this.#native = undefined;
    try {
      await runJob(() => loadAddon().drain());
    } finally {
      native?.dispose();
    }
  }
}

/** Owns a trainer of the addon, whose state can be written to a folder. */
export class TrainerHandle<T extends NativeTrainer> extends NativeHandle<T> {
  constructor(native: T) {
    super(native, "trainer");
  }

  /** Writes the state of the trainer into an existing folder. */
  async saveState(directory: string): Promise<void> {
    checkKind("saveState", "directory", directory, "path");
    const native = this.live;
    await runJob(() => native.saveState(directory));
  }

  /** Restores the state that {@link TrainerHandle.saveState} wrote. */
  async loadState(directory: string): Promise<void> {
    checkKind("loadState", "directory", directory, "path");
    const native = this.live;
    await runJob(() => native.loadState(directory));
  }
}
