/** Index whose value tells English from other languages: the share of the words that are content words. */
export const LANGUAGE_INDEX = "lexical_density_tokens";

/**
 * Largest share of content words that is taken for English. Running English text has 30 to 65 %. In German, French,
 * Spanish, Dutch, Swedish and Russian, most function words are unknown to the analysis and count as content words, so
 * that their texts have 80 % and more.
 */
const MOST_CONTENT = 0.75;

/** Fewest words that are judged: a few words can be content words in any language. */
const FEWEST_WORDS = 50;

/**
 * Returns a warning about texts that are hardly English, for which the indices mean little; undefined for others.
 *
 * @param density mean of {@link LANGUAGE_INDEX} over the texts
 * @param words number of words of the texts
 */
export function languageWarning(density: number, words: number): string | undefined {
  if (!(density > MOST_CONTENT) || words < FEWEST_WORDS) return undefined;
  const others = Math.round((1 - density) * 100);
  return (
    `only ${others} % of the words are known as English function words such as "the" and "you"; ` +
    "the indices are made for English, and their values mean little for other languages"
  );
}
