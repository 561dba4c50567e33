import { formatCount, formatInteger } from "../format.ts";

/** Number of characters before and after a finding that a warning quotes. */
const CONTEXT = 12;

/** What other programs leave in texts, with the remedy. It counts as words, or splits words. */
const KINDS: readonly { readonly name: string; readonly pattern: RegExp; readonly remedy: string }[] = [
  {
    name: "HTML entities",
    pattern: /&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[\da-f]{1,6});/i,
    remedy: "in Python html.unescape(text) replaces them",
  },
  {
    // As in JSON that was written twice: "caf\\u00e9". "C:\\new" is a path, and "\\nabla" belongs to a formula.
    name: "escapes that nobody decoded",
    pattern:
      /\\u[\da-f]{4}|\\x[\da-f]{2}|\\[nrt](?![A-Za-z])|(?<=[.?!,;"])\\[nrt]|\\[nr](?=[A-Z][a-z]*[ ,.'])|\\"/,
    remedy: "decode them, in Python with json.loads",
  },
  {
    name: "HTML tags",
    pattern:
      /<(?:br|hr|\/?(?:p|div|span|i|b|u|em|strong|a|font|li|ul|ol))(?:\s+[\w:-]+=[^<>]{0,200})?\s*\/?>/i,
    remedy: "remove them",
  },
  {
    // "don’t" as â€™, "é" as Ã©, a no-break space as Â and itself.
    name: "characters of UTF-8 that a program took for Windows-1252",
    pattern: /\u00e2(?:\u20ac|\u0080)|\u00c2[\u00a0-\u00bf]|(?<!\p{Lu})\u00c3[\u00a0-\u00bf]/u,
    remedy: "in Python ftfy.fix_text(text) restores them",
  },
  {
    name: "replacement characters (U+FFFD), where a program lost a character,",
    pattern: /\ufffd/,
    remedy: "export the texts again, in UTF-8",
  },
  {
    // "don ' t", "don' t" and "don 't". "Is n't" and "it 's" are read as they are.
    name: "contractions that blanks split",
    pattern: /\p{L} ?['\u2019] (?:s|t|m|d|re|ve|ll)(?![\p{L}\p{N}-])|n ['\u2019]t(?!\p{L})/iu,
    remedy: String.raw`in Python re.sub(r"(?i)(?<=\w) ?['’] ?(s|t|m|d|re|ve|ll)(?![\w-])", r"'\1", text) joins them`,
  },
  {
    name: "zero-width spaces (U+200B) within words",
    pattern: /(?<=[\p{L}\p{N}.,;:!?])\u200b+(?=[\p{L}\p{N}])/u,
    remedy:
      "replace those between words with blanks and remove the others; the indices are computed without them",
  },
  {
    // As in DailyDialog, the Ubuntu and the Cornell corpus, and in chats that were formatted for a model.
    name: "marks between turns",
    pattern:
      /__(?:eou|eot|eod|eos)__|\+{3}\$\+{3}|<\|[a-z_]{1,20}\|>|\[\/?INST\]|<\/?s>|<(?:eou|eot|eos|bos|sep)>|\[(?:eou|eot|eos|bos|sep)\]|###\s?(?:Human|Assistant|User|Instruction|Response):/i,
    remedy: "write each turn on a line of its own that begins with a label, or as JSON Lines with turns",
  },
  {
    name: "thoughts of a model",
    pattern: /<\/?(?:think|thinking|thought|reasoning)>/i,
    remedy: 'in Python re.sub(r"(?s)<think>.*?</think>", "", text) removes them',
  },
  {
    // Such as "<unk>" and "<URL>", and "[hotel_name]" in MultiWOZ.
    name: "placeholders",
    pattern:
      /<(?:unk|mask|url|link|user|person|name|number|num|email|phone)>|\[(?:unk|mask|url|link|[a-z]+(?:_[a-z]+)+)\](?!\()|__(?:unk|url|path|number)__|@-@/i,
    remedy: "write the words that they stand for, or leave them out",
  },
  {
    // Such as "{F uh, }" and "[laughter]" in Switchboard, and the times of subtitles.
    name: "notes of transcribers",
    pattern:
      /\{[A-F] [^{}\n]{0,60}\}|[[<({]{1,2}(?:laugh(?:ter|s|ing)?|(?:vocalized-)?noise|silence|inaudible|unintelligible|crosstalk|cough(?:s|ing)?|applause)[\])>}]{1,2}|\d[.,:]\d\d+ --> \d/i,
    remedy: "remove them",
  },
  {
    name: "names of marks",
    pattern: /_(?:comma|period|pipe)_(?![\p{L}\d])|-[LR][RSC]B-/u,
    remedy: "replace them with the marks",
  },
];

/** Finds what other programs left in texts, such as HTML entities, which the models and the indices take for words. */
export class Residue {
  readonly #found = KINDS.map(() => ({ texts: 0, example: "" }));
  #texts = 0;

  /** Looks at a text, which can come in parts. */
  add(id: string, parts: readonly string[]): void {
    this.#texts += 1;
    for (const [at, { pattern }] of KINDS.entries()) {
      const part = parts.find((text) => pattern.test(text));
      const found = this.#found[at];
      if (part === undefined || found === undefined) continue;
      found.texts += 1;
      if (found.texts > 1) continue;
      const { index = 0, 0: mark = "" } = pattern.exec(part) ?? {};
      const around = part.slice(Math.max(0, index - CONTEXT), index + mark.length + CONTEXT);
      found.example = `${JSON.stringify(around)} of ${id}`;
    }
  }

  /** Returns one warning for each kind that was found. */
  warnings(): string[] {
    return KINDS.flatMap(({ name, remedy }, at) => {
      const { texts = 0, example = "" } = this.#found[at] ?? {};
      return texts === 0
        ? []
        : [
            `${name} stand in ${formatInteger(texts)} of ${formatCount(this.#texts, "text")}, such as ${example}; ${remedy}`,
          ];
    });
  }
}
