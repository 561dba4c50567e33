import { meanOfKnown } from "../../mean.ts";
import { lemmaIds, type TextModel } from "../text/text-model.ts";
import { Bit } from "../text/token.ts";
import { movingAverageRatio } from "./diversity.ts";
import type { IndexEntry, IndexGroup } from "./family.ts";

const MATTR_WINDOW = 25;
const MTLD_THRESHOLD = 0.72;
const HDD_DRAWS = 42;

/**
 * Returns MTLD in one direction: the mean length of stretches in which the type-token ratio stays above the threshold.
 */
function mtldPass(items: readonly number[]): number {
  let factors = 0;
  let seen = new Set<number>();
  let length = 0;
  let current = 1;
  for (const item of items) {
    seen.add(item);
    length += 1;
    current = seen.size / length;
    if (current > MTLD_THRESHOLD) continue;
    factors += 1;
    seen = new Set();
    length = 0;
    current = 1;
  }
  factors += (1 - current) / (1 - MTLD_THRESHOLD);
  return factors === 0 ? items.length : items.length / factors;
}

/**
 * Returns the measure of textual lexical diversity (McCarthy & Jarvis 2010), the mean of both directions, or null
 * without items.
 */
export function mtld(items: readonly number[]): number | null {
  if (items.length === 0) return null;
  return (mtldPass(items) + mtldPass(items.toReversed())) / 2;
}

/**
 * Returns HD-D (McCarthy & Jarvis 2007): the expected type-token ratio of 42 items drawn without replacement, or null
 * for fewer items.
 */
export function hdd(items: readonly number[]): number | null {
  if (items.length < HDD_DRAWS) return null;
  const counts = new Map<number, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  let sum = 0;
  for (const count of counts.values()) {
    let absent = 1;
    for (let draw = 0; draw < HDD_DRAWS; draw++) {
      absent *= Math.max(0, items.length - count - draw) / (items.length - draw);
    }
    sum += (1 - absent) / HDD_DRAWS;
  }
  return sum;
}

function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number | null {
  const union = new Set([...a, ...b]).size;
  return union === 0 ? null : [...a].filter((item) => b.has(item)).length / union;
}

/** Returns the mean Jaccard index of the content lemmas of neighbouring segments. */
function neighbourOverlap(text: TextModel, spans: TextModel["sentences"]): number | null {
  const sets = spans.map((span) => new Set(lemmaIds(text, Bit.content, span)));
  return meanOfKnown(sets.slice(1).map((set, index) => jaccard(sets[index] as Set<number>, set)));
}

/** How one measure of a whole text is computed. */
interface TextMeasure {
  readonly compute: (text: TextModel) => number | null;
}

function measure(
  name: string,
  meaning: string,
  formula: string,
  compute: TextMeasure["compute"],
): IndexEntry<TextMeasure> {
  return { name, meaning, formula, needs: {}, parts: { compute } };
}

/** This package's measures of a whole text. They depend less on the length of the text than the official indices. */
export const TEXT_MEASURES: IndexGroup<TextMeasure> = {
  title: "Length-robust measures",
  notation:
    "The measures are computed over the lemmas of the whole scored text. The formulas are the same in corrected and faithful mode.",
  entries: [
    measure("dppo_words", "Number of words.", "words", (text) => text.lemmas.length),
    measure(
      "dppo_content_mattr",
      `Moving-average type-token ratio of the content words: the mean share of different lemmas in every run of ${MATTR_WINDOW} of them.`,
      `mean of types / ${MATTR_WINDOW} over all windows of ${MATTR_WINDOW}; types / tokens for fewer (Covington & McFall 2010)`,
      (text) => movingAverageRatio(lemmaIds(text, Bit.content), MATTR_WINDOW, "corrected"),
    ),
    measure(
      "dppo_lemma_mtld",
      `MTLD: the mean number of words over which the type-token ratio stays above ${MTLD_THRESHOLD}.`,
      "words / stretches, mean of reading forwards and backwards (McCarthy & Jarvis 2010)",
      (text) => mtld([...text.lemmas]),
    ),
    measure(
      "dppo_lemma_hdd",
      `HD-D: the type-token ratio to expect of ${HDD_DRAWS} words drawn from the text; empty for a shorter text.`,
      `Σ over types of P(drawn) / ${HDD_DRAWS}, without replacement (McCarthy & Jarvis 2007)`,
      (text) => hdd([...text.lemmas]),
    ),
    measure(
      "dppo_content_jaccard_sent",
      "Of the different content lemmas in two neighbouring sentences, the share that both have, on average.",
      "mean of lemmas in both / lemmas in either",
      (text) => neighbourOverlap(text, text.sentences),
    ),
    measure(
      "dppo_content_jaccard_para",
      "Of the different content lemmas in two neighbouring paragraphs (in a dialogue: turns), the share that both have, on average.",
      "mean of lemmas in both / lemmas in either",
      (text) => neighbourOverlap(text, text.paragraphs),
    ),
  ],
};
