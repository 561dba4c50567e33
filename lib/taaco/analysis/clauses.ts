import { type DraftToken, isAdverbial, nearestPosition, nearestToken } from "./draft.ts";
import { DEMONSTRATIVES, SUBJECTS } from "./words.ts";

const FINITE = new Set(["VBD", "VBP", "VBZ", "MD"]);
const NOMINAL = /^(?:PRP|NN|DT|EX|CD|WP$)/;
const MAX_LOOKAHEAD = 10;

const isFiller = ({ tag, lower }: Pick<DraftToken, "tag" | "lower">): boolean =>
  tag === "UH" || lower === ",";

/**
 * Returns whether a clause follows the token, that is a subject and then a finite verb.
 *
 * @param takesNoun whether the word can be a preposition, so that the next noun belongs to it
 */
function opensClause(tokens: readonly DraftToken[], at: number, takesNoun = false): boolean {
  let subject = false;
  for (let index = at + 1; index < tokens.length && index <= at + MAX_LOOKAHEAD; index++) {
    const token = tokens[index] as DraftToken;
    if (FINITE.has(token.tag)) return subject;
    // In "after lunch he", the noun belongs to the preposition.
    if (takesNoun && SUBJECTS.has(token.lower) && tokens[index - 1]?.tag.startsWith("NN")) return false;
    if (NOMINAL.test(token.tag)) subject = true;
    else if (token.tag === "." || token.tag === ":" || token.tag === "TO") return false;
    else if (token.tag === "WRB" || token.lower === "that" || ALWAYS_SUBORDINATORS.has(token.lower))
      return false;
  }
  return false;
}

/** Returns whether "for", a person, "to" and a verb follow each other, as in "for him to go". */
function opensInfinitive(tokens: readonly DraftToken[], at: number): boolean {
  for (let index = at + 1; index <= at + 5; index++) {
    const token = tokens[index];
    if (token?.lower === "to") return index > at + 1 && /^VB/.test(tokens[index + 1]?.tag ?? "");
    if (!token || !/^(?:PRP|NN|DT|JJ|CD)/.test(token.tag)) return false;
  }
  return false;
}

/** Words that are always subordinators. */
const ALWAYS_SUBORDINATORS = new Set([
  "because",
  "'cause",
  "cuz",
  "if",
  "unless",
  "although",
  "whereas",
  "whether",
  "while",
  "whilst",
]);
/** Words that are subordinators only if a clause follows. */
const SOMETIMES_SUBORDINATORS = new Set([
  "as",
  "after",
  "before",
  "since",
  "until",
  "till",
  "'til",
  "than",
  "like",
  "though",
  "once",
  "except",
]);
/** Nouns that a "that" clause can complement, as in "the fact that it rains". */
const CONTENT_NOUNS = new Set(
  "fact idea feeling belief thing point chance hope problem news sense impression theory notion possibility".split(
    " ",
  ),
);
/** Verbs with a person and a "that" clause as objects, as in "tell him that it rains". */
const REPORTING_VERBS = new Set("tell teach show remind convince promise assure warn".split(" "));
const NO_TOKEN: Pick<DraftToken, "tag" | "lower"> = { tag: "", lower: "" };
const CASED_SUBJECTS = new Set(["i", "he", "she", "we", "they"]);

/** Returns whether a word other than a demonstrative opens a subordinate clause. */
function isMarker(tokens: readonly DraftToken[], at: number): boolean {
  const { lower, tag } = tokens[at] as DraftToken;
  const next = tokens[at + 1];
  if (lower === "because" || lower === "'cause") return next?.lower !== "of";
  if (ALWAYS_SUBORDINATORS.has(lower)) return tag === "IN";
  if (lower === "than") return opensClause(tokens, at);
  if (SOMETIMES_SUBORDINATORS.has(lower))
    return tag === "IN" && !isFiller(next ?? NO_TOKEN) && opensClause(tokens, at, true);
  if (lower === "so") {
    const before = nearestToken(tokens, at, -1, isFiller);
    const degree = next !== undefined && /^(?:JJ|RB)/.test(next.tag);
    if (next?.lower === "that") return true;
    return before !== undefined && before.tag !== "CC" && !degree && opensClause(tokens, at);
  }
  if (lower === "for") return CASED_SUBJECTS.has(next?.lower ?? "") || opensInfinitive(tokens, at);
  return false;
}

const isNoun = (token: DraftToken | undefined): boolean => token?.tag.startsWith("NN") === true;

/** Returns whether the demonstrative is the determiner of a noun phrase that follows and agrees with it in number. */
function isDeterminer(tokens: readonly DraftToken[], at: number): boolean {
  const { lower } = tokens[at] as DraftToken;
  let index = at + 1;
  while (
    index < at + MAX_LOOKAHEAD &&
    index < tokens.length &&
    /^(?:JJ|CD|VBG|VBN)/.test((tokens[index] as DraftToken).tag)
  )
    index += 1;
  const head = tokens[index];
  if (!isNoun(head)) return tokens[at + 1]?.lower === "one" || tokens[at + 1]?.lower === "ones";
  const plural = head?.tag === "NNS" || head?.tag === "NNPS" || head?.lower === "people";
  return plural === (lower === "these" || lower === "those") || (!plural && head?.tag === "NN");
}

/** Sets the tag and the flags of "that": complementiser, determiner, relative pronoun or demonstrative pronoun. */
function classifyThat(tokens: readonly DraftToken[], at: number): void {
  const token = tokens[at] as DraftToken;
  const position = nearestPosition(tokens, at, -1, (other) => isFiller(other) || isAdverbial(other));
  const before = tokens[position];
  const next = tokens[at + 1];
  const clause = opensClause(tokens, at);
  const afterVerb = before !== undefined && /^VB/.test(before.tag) && before.lemma !== "be";
  const afterAdjective = before?.tag.startsWith("JJ") === true;
  const afterReportedPerson = before?.tag === "PRP" && REPORTING_VERBS.has(tokens[position - 1]?.lemma ?? "");
  const isAnswer = before?.lemma === "be" && CASED_SUBJECTS.has(next?.lower ?? "");
  const introduced =
    afterReportedPerson ||
    isAnswer ||
    afterVerb ||
    afterAdjective ||
    ["so", "now"].includes(tokens[at - 1]?.lower ?? "") ||
    CONTENT_NOUNS.has(before?.lemma ?? "");
  if (clause && introduced && !(isDeterminer(tokens, at) && afterVerb && token.universal === "DET")) {
    token.tag = "IN";
    token.marker = true;
  } else if (isDeterminer(tokens, at)) {
    token.tag = "DT";
    token.attended = true;
  } else if (isNoun(before) && next !== undefined && (clause || FINITE.has(next.tag))) {
    token.tag = "WDT";
  } else {
    token.tag = "DT";
  }
}

/** Sets the marker flags and the tags and flags of the demonstratives of a sentence, in place. */
export function markClauses(tokens: readonly DraftToken[]): void {
  tokens.forEach((token, at) => {
    if (token.lower === "that" && token.tag === "RB") return;
    if (token.lower === "that") classifyThat(tokens, at);
    else if (DEMONSTRATIVES.has(token.lower)) {
      token.tag = "DT";
      token.attended = isDeterminer(tokens, at);
    } else if (isMarker(tokens, at)) {
      token.marker = true;
    }
  });
}
