import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";
import type { FailedText, TextSource } from "./texts.ts";

/** Number of texts that a message names. */
const MOST_NAMES = 10;

/** Names texts in a message. */
export const nameTexts = (ids: readonly string[]): string =>
  ids.slice(0, MOST_NAMES).join(", ") + (ids.length > MOST_NAMES ? ", ..." : "");

/** Collects the texts of a call that cannot be read. */
export class Failures {
  readonly list: FailedText[] = [];
  readonly #log: Logger;
  /** Receives a text that cannot be read. Undefined for a single text, whose error ends the call. */
  readonly add: ((failed: FailedText) => void) | undefined;

  constructor({ files, data }: Pick<TextSource, "files" | "data">, log: Logger) {
    this.#log = log;
    const isSingle = files.length === 1 && data === undefined;
    this.add = isSingle
      ? undefined
      : (failed) => {
          this.list.push(failed);
          log.warn(`left out: ${failed.problem}`);
        };
  }

  /**
   * Says how many texts were left out.
   *
   * @param scored number of texts that were read
   * @throws DialoguePpoError ERR_DATA when no text could be read
   */
  finish(scored: number): void {
    const { list } = this;
    if (list.length === 0) return;
    const all = list.length + scored;
    if (scored === 0) {
      throw new DialoguePpoError(
        "ERR_DATA",
        `none of the ${formatCount(all, "text")} could be read; see the lines above`,
      );
    }
    const names = nameTexts(list.map(({ id }) => id));
    this.#log.warn(
      `${list.length} of ${formatCount(all, "text")} could not be read and have no row: ${names}`,
    );
  }
}
