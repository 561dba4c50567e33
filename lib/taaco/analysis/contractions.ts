/** Words that spaCy and the Penn Treebank split, with a space where. Keys are the words without the spaces. */
const SPLIT_WORDS = `
  can not|gon na|got ta|lot ta|out ta|gim me|lem me|d' ye|d' you|'t is|'t was|'t were|'t will|y' all|c'm on|
  do nt|does nt|did nt|is nt|are nt|was nt|were nt|has nt|have nt|had nt|ca nt|could nt|wo nt|would nt|should nt|
  must nt|need nt|ai nt|might nt|
  do nae|does nae|did nae|can nae|could nae|would nae|was nae|is nae|have nae|
  i m|i ve|you re|you ve|you ll|they re|they ve|they ll|we ve|he s|she s|that s|what s|there s|where s|who s|how s|
  here s|it ll|that ll|who ve|could ve|should ve|would ve|might ve|must ve
`;

/** Returns the lengths of the parts of each word. */
function readSplits(text: string): ReadonlyMap<string, readonly number[]> {
  const entries = text.split("|").map((entry): [string, number[]] => {
    const parts = entry.trim().split(" ");
    return [parts.join(""), parts.map((part) => part.length)];
  });
  return new Map(entries);
}

/** Lengths of the parts of lower-case words that are split though no apostrophe shows where. */
export const SPLITS = readSplits(SPLIT_WORDS);

/**
 * Words that keep their full stop, an apostrophe or a slash. Those with a capital letter only have it in that spelling.
 */
export const WHOLE_WORDS: ReadonlySet<string> = new Set(
  `mr. mrs. ms. dr. prof. st. jr. sr. vs. etc. e.g. i.e. inc. ltd. corp. co. bros. messrs. ave. blvd. gen. gov. sen. rep.
  rev. lt. col. sgt. capt. maj. cmdr. mt. ft. dept. ph.d. approx. cf. viz. oz. lbs.
  Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sep. Sept. Oct. Nov. Dec. Fig. Vol.
  'em 'cause 'til 'bout 'round 'n' 'n o'clock ma'am c'mon and/or b/c w/ w/o n't 's 'm 're 've 'll 'd`.split(
    /\s+/,
  ),
);
