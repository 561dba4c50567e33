import { DialoguePpoError } from "../errors.ts";

/** The result of one check. */
export interface CheckItem {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what is wrong and how to fix it. */
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
   * @param describe puts what was found into words
   * @returns what was found; undefined when the check failed
   * @throws DialoguePpoError ERR_ABORTED only; every other error fails the check
   */
  async run<T>(
    name: string,
    check: () => Promise<T> | T,
    describe: (found: T) => string,
  ): Promise<T | undefined> {
    try {
      const found = await check();
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
    this.#onItem(item);
  }
}
