import { type Draft, isAdverbial, positionSkipping, skipping } from "./draft.ts";
import { DEMONSTRATIVES, SUBJECTS } from "./words.ts";

const FINITE = new Set(["VBD", "VBP", "VBZ", "MD"]);
const NOMINAL = /^(?:PRP|NN|DT|EX|CD|WP$)/;
const LOOKAHEAD = 10;

const isFiller = ({ tag, lower }: Pick<Draft, "tag" | "lower">): boolean => tag === "UH" || lower === ",";

/**
 * Whether what follows is a clause of its own: a subject, then a finite verb.
 *
 * @param takesNoun the word can be a preposition, which takes the noun behind it
 */
function opensClause(tokens: readonly Draft[], at: number, takesNoun = false): boolean {
  let subject = false;
  for (let index = at + 1; index < tokens.length && index <= at + LOOKAHEAD; index++) {
    const token = tokens[index] as Draft;
    if (FINITE.has(token.tag)) return subject;
    // "after lunch he": the noun was the preposition's.
    if (takesNoun && SUBJECTS.has(token.lower) && tokens[index - 1]?.tag.startsWith("NN")) return false;
    if (NOMINAL.test(token.tag)) subject = true;
    else if (token.tag === "." || token.tag === ":" || token.tag === "TO") return false;
    else if (token.tag === "WRB" || token.lower === "that" || ALWAYS.has(token.lower)) return false;
  }
  return false;
}

/** for + somebody + to + verb. */
function opensInfinitive(tokens: readonly Draft[], at: number): boolean {
  for (let index = at + 1; index <= at + 5; index++) {
    const token = tokens[index];
    if (token?.lower === "to") return index > at + 1 && /^VB/.test(tokens[index + 1]?.tag ?? "");
    if (!token || !/^(?:PRP|NN|DT|JJ|CD)/.test(token.tag)) return false;
  }
  return false;
}

/** Subordinators that are nothing else. */
const ALWAYS = new Set([
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
/** Words that subordinate only when a clause follows. */
const SOMETIMES = new Set([
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
/** Nouns that take a "that" clause saying what they are. */
const CONTENT_NOUNS = new Set(
  "fact idea feeling belief thing point chance hope problem news sense impression theory notion possibility".split(
    " ",
  ),
);
/** Verbs that tell somebody that something is so. */
const TELLING = new Set("tell teach show remind convince promise assure warn".split(" "));
const NOTHING: Pick<Draft, "tag" | "lower"> = { tag: "", lower: "" };
const CASED_SUBJECTS = new Set(["i", "he", "she", "we", "they"]);

function isMarker(tokens: readonly Draft[], at: number): boolean {
  const { lower, tag } = tokens[at] as Draft;
  const next = tokens[at + 1];
  if (lower === "because" || lower === "'cause") return next?.lower !== "of";
  if (ALWAYS.has(lower)) return tag === "IN";
  if (lower === "than") return opensClause(tokens, at);
  if (SOMETIMES.has(lower))
    return tag === "IN" && !isFiller(next ?? NOTHING) && opensClause(tokens, at, true);
  if (lower === "so") {
    const before = skipping(tokens, at, -1, isFiller);
    const degree = next !== undefined && /^(?:JJ|RB)/.test(next.tag);
    if (next?.lower === "that") return true;
    return before !== undefined && before.tag !== "CC" && !degree && opensClause(tokens, at);
  }
  if (lower === "for") return CASED_SUBJECTS.has(next?.lower ?? "") || opensInfinitive(tokens, at);
  return false;
}

const isNoun = (token: Draft | undefined): boolean => token?.tag.startsWith("NN") === true;

/** Whether a noun phrase follows that the demonstrative can open. */
function isDeterminer(tokens: readonly Draft[], at: number): boolean {
  const { lower } = tokens[at] as Draft;
  let index = at + 1;
  while (
    index < at + LOOKAHEAD &&
    index < tokens.length &&
    /^(?:JJ|CD|VBG|VBN)/.test((tokens[index] as Draft).tag)
  )
    index += 1;
  const head = tokens[index];
  if (!isNoun(head)) return tokens[at + 1]?.lower === "one" || tokens[at + 1]?.lower === "ones";
  const plural = head?.tag === "NNS" || head?.tag === "NNPS" || head?.lower === "people";
  return plural === (lower === "these" || lower === "those") || (!plural && head?.tag === "NN");
}

function decideThat(tokens: readonly Draft[], at: number): void {
  const token = tokens[at] as Draft;
  const position = positionSkipping(tokens, at, -1, (other) => isFiller(other) || isAdverbial(other));
  const before = tokens[position];
  const next = tokens[at + 1];
  const clause = opensClause(tokens, at);
  const afterVerb = before !== undefined && /^VB/.test(before.tag) && before.lemma !== "be";
  const afterAdjective = before?.tag.startsWith("JJ") === true;
  const told = before?.tag === "PRP" && TELLING.has(tokens[position - 1]?.lemma ?? "");
  const isAnswer = before?.lemma === "be" && CASED_SUBJECTS.has(next?.lower ?? "");
  const introduced =
    told ||
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

/** Sets the marker flag and settles the demonstratives of a sentence, in place. */
export function markClauses(tokens: readonly Draft[]): void {
  tokens.forEach((token, at) => {
    if (token.lower === "that" && token.tag === "RB") return;
    if (token.lower === "that") decideThat(tokens, at);
    else if (DEMONSTRATIVES.has(token.lower)) {
      token.tag = "DT";
      token.attended = isDeterminer(tokens, at);
    } else if (isMarker(tokens, at)) {
      token.marker = true;
    }
  });
}
