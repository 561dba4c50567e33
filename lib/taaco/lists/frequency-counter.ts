import { quoteCell } from "../../format.ts";
import type { TextModel } from "../text/text-model.ts";
import { FREQUENCY_HEADER } from "./frequencies.ts";
import { isPlaceholder, listItems, REFERENCE_KINDS } from "./item-kinds.ts";
import type { FrequencyKind } from "./word-lists.ts";

/** Counts lemmas and n-grams of a corpus, which are the reference frequencies of the keyword indices. */
export class FrequencyCounter {
  readonly #counts = new Map<FrequencyKind, Map<string, number>>();
  readonly #totals = new Map<FrequencyKind, number>();

  /** Counts the lemmas of a text and their n-grams inside sentences. */
  add(text: TextModel): void {
    for (const itemKind of REFERENCE_KINDS) {
      const kind = itemKind.reference;
      const counts = this.#counts.get(kind) ?? new Map<string, number>();
      this.#counts.set(kind, counts);
      const items = listItems(text, text.sentences, itemKind);
      for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
      this.#totals.set(kind, (this.#totals.get(kind) ?? 0) + items.length);
    }
  }

  /**
   * Yields the lines of a frequency file. Each kind begins with the most frequent item. Items of equal frequency are in
   * code-point order.
   *
   * @param source name of the corpus, for the second line of the file
   * @param minCount smallest count of the items that are written. The keyword indices give all other items the
   *   frequency 0.
   */
  *lines(source: string, minCount = 2): Generator<string> {
    yield FREQUENCY_HEADER;
    yield `# source: ${source.replace(/\s+/g, " ")}`;
    for (const { reference: kind } of REFERENCE_KINDS) {
      const total = this.#totals.get(kind) ?? 0;
      const kept = [...(this.#counts.get(kind) ?? [])].filter(
        ([item, count]) => count >= minCount && !isPlaceholder(item),
      );
      kept.sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
      for (const [item, count] of kept) {
        yield `${kind}\t${quoteCell(item)}\t${count}\t${(count / total) * 1e6}`;
      }
    }
  }
}
