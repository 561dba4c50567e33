import { DialoguePpoError } from "../errors.ts";
import { runJob } from "../native/job.ts";
import { loadAddon } from "../native/loader.ts";

/** Owns an object of the addon from its creation until it is disposed of. */
export class NativeHandle<T extends { dispose(): void }> {
  #native: T | undefined;
  readonly #name: string;

  /** @param name what the object is, for messages: "model" or "trainer" */
  constructor(native: T, name: string) {
    this.#native = native;
    this.#name = name;
  }

  get disposed(): boolean {
    return this.#native === undefined;
  }

  /**
   * The object.
   * @throws DialoguePpoError ERR_DISPOSED after {@link NativeHandle.dispose}
   */
  get live(): T {
    if (this.#native === undefined) {
      throw new DialoguePpoError("ERR_DISPOSED", `the ${this.#name} was disposed`);
    }
    return this.#native;
  }

  /** Waits for running jobs and frees the object. Further calls do nothing. */
  async dispose(): Promise<void> {
    const native = this.#native;
    if (native === undefined) return;
    this.#native = undefined;
    await runJob(() => loadAddon().drain());
    native.dispose();
  }
}
