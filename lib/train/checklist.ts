import { DialoguePpoError, messageOf } from "../errors.ts";

/** The result of one check. */
export interface CheckItem {
  /** Name of the check. */
  readonly name: string;
  /** Whether the check passed. */
  readonly ok: boolean;
  /** Describes the result, or what is wrong and how to fix it. */
  readonly detail: string;
}

/** Runs checks one after the other and collects their results. */
export class Checklist {
  readonly items: CheckItem[] = [];
  readonly #onItem: (item: CheckItem) => void;

  constructor(onItem: (item: CheckItem) => void = () => {}) {
    this.#onItem = onItem;
  }

  /**
   * Runs one check.
   *
   * @param describe describes the result of a check that passed
   * @returns the result of `check`; undefined when it failed
   * @throws DialoguePpoError ERR_ABORTED; every other error makes the check fail
   */
  async run<T>(
    name: string,
    check: () => Promise<T> | T,
    describe: (result: T) => string,
  ): Promise<T | undefined> {
    try {
      const result = await check();
      this.#add({ name, ok: true, detail: describe(result) });
      return result;
    } catch (error) {
      if (error instanceof DialoguePpoError && error.code === "ERR_ABORTED") throw error;
      this.#add({ name, ok: false, detail: messageOf(error) });
      return undefined;
    }
  }

  #add(item: CheckItem): void {
    this.items.push(item);
    this.#onItem(item);
  }
}
