import { DialoguePpoError } from "../errors.ts";
import { FAMILIES, findOfficial, SOURCE_FAMILY, TEXT_FAMILIES } from "./catalogue.ts";
import type { Explanation } from "./families/evidence.ts";
import type { Family, FamilyContext, IndexEntry } from "./families/family.ts";
import { TEXT_MEASURES } from "./families/own-text.ts";
import { prepareSide, prepareTurnContext, TURN_MEASURES, type TurnContext } from "./families/own-turn.ts";
import { type ConnectiveTable, compileConnectives } from "./lists/connective-table.ts";
import { type PreparedSource, prepareSource } from "./lists/keywords.ts";
import { loadLists, OWN_LISTS } from "./lists/load.ts";
import type { ListOptions, TaacoLists } from "./lists/word-lists.ts";
import { isTooShort, splitParagraphs } from "./text/paragraphs.ts";
import { buildTextModel, type TextModel } from "./text/text-model.ts";
import { HAS_WORD_CHARACTER } from "./text/token.ts";
import type {
  AnnotatedText,
  ArithmeticMode,
  FamilyValues,
  IndexValues,
  TaacoInput,
  Tagger,
  VectorSpace,
} from "./types.ts";

/** How texts are analysed and measured. */
export interface TaacoOptions {
  /** `corrected` (default), `faithful` to the official tool's quirks, or `experiment`: faithful with the original experiment's givenness. */
  readonly mode?: ArithmeticMode;
  /** At most one of each kind; the semantic indices of a kind without a space are null. */
  readonly spaces?: readonly VectorSpace[];
  readonly lists?: ListOptions;
  readonly tagger?: Tagger;
}

/** Which indices are measured. */
export interface IndexOptions {
  /** The text that was summarised or answered; adds the 26 source indices. */
  readonly source?: TaacoInput;
  readonly only?: readonly string[];
}

const countWords = (text: TextModel): number =>
  text.tokens.filter(({ form }) => HAS_WORD_CHARACTER.test(form)).length;

/** The language model is several megabytes; it is loaded only when no other tagger is given. */
async function loadTagger(directory: string): Promise<Tagger> {
  const { WinkTagger } = await import("./analysis/wink-tagger.ts");
  return new WinkTagger(directory);
}

/** Computes the indices of TAACO (Crossley, Kyle & McNamara 2016; Crossley, Kyle & Dascalu 2019). */
export class Taaco {
  readonly mode: ArithmeticMode;
  readonly spaces: readonly VectorSpace[];
  /** @internal */
  readonly lists: TaacoLists;
  readonly #tagger: Tagger;
  readonly #context: FamilyContext;
  /** A text that is measured several times is prepared once; annotated texts never change. */
  readonly #models = new WeakMap<AnnotatedText, TextModel>();
  readonly #turnContexts = new WeakMap<TextModel, TurnContext>();
  #source: { readonly input: TaacoInput; readonly prepared: PreparedSource } | undefined;

  private constructor(options: TaacoOptions, lists: TaacoLists, tagger: Tagger) {
    this.mode = options.mode ?? "corrected";
    this.spaces = options.spaces ?? [];
    this.lists = lists;
    this.#tagger = tagger;
    const { mode, spaces } = this;
    this.#context = { mode, lists, spaces, connectives: compileConnectives(lists, mode) };
  }

  /**
   * Loads the word lists and, unless a tagger is given, the language model; may be used for any number of texts.
   *
   * @throws DialoguePpoError ERR_DATA naming the word list that is missing or wrong
   */
  static async create(options: TaacoOptions = {}): Promise<Taaco> {
    const lists = loadLists(options.lists);
    const tagger = options.tagger ?? (await loadTagger(options.lists?.directory ?? OWN_LISTS));
    return new Taaco(options, lists, tagger);
  }

  /**
   * Returns the language analysis only. The result can be given back as `{ paragraphs }` any number of times, and must not
   * be changed.
   */
  analyse(input: TaacoInput): AnnotatedText {
    if (typeof input === "object" && "paragraphs" in input) return input.paragraphs;
    return splitParagraphs(input).map((paragraph) => this.#tagger.tag(paragraph));
  }

  /**
   * Returns the text as the index families see it: kept tokens with their classes. Built once for an annotated text.
   * @internal
   */
  modelOf(input: TaacoInput): TextModel {
    const paragraphs = this.analyse(input);
    let model = this.#models.get(paragraphs);
    if (!model) {
      model = buildTextModel(paragraphs, this.lists, this.mode);
      this.#models.set(paragraphs, model);
    }
    return model;
  }

  /**
   * The compiled connective lists.
   * @internal
   */
  get connectives(): ConnectiveTable {
    return this.#context.connectives;
  }

  /** Where the adjective, synonym and frequency lists come from. */
  get listSource(): "own" | "official" {
    return this.lists.source;
  }

  /**
   * Returns the 168 indices of a text in official order, or 194 with a source. A text of at most one word has no values.
   *
   * @param options.only computes only the families of these names; the result then holds all indices of those families
   * @returns proportions and ratios; null where there is nothing to measure, and for a kind of space that is absent
   */
  indices(input: TaacoInput, options: IndexOptions = {}): IndexValues {
    const { source, only } = options;
    const wanted = only && new Set(only.map((name) => findOfficial(name)?.group));
    const values: IndexValues = {};
    for (const [family, row] of this.#rows(input, this.modelOf(input), source, wanted)) {
      row.forEach((value, at) => {
        values[(family.entries[at] as IndexEntry).name] = value;
      });
    }
    return values;
  }

  /**
   * Returns all indices as a row, which is cheaper than an object, and how many words the text has.
   * @internal
   */
  row(input: TaacoInput, source?: TaacoInput): { words: number; values: FamilyValues } {
    const text = this.modelOf(input);
    return { words: countWords(text), values: this.#rows(input, text, source).flatMap(([, row]) => row) };
  }

  #rows(
    input: TaacoInput,
    text: TextModel,
    source?: TaacoInput,
    wanted?: ReadonlySet<Family | undefined>,
  ): [Family, FamilyValues][] {
    const prepared = source === undefined ? undefined : this.prepareSource(source);
    const families = prepared ? FAMILIES : TEXT_FAMILIES;
    const isPlain = typeof input === "string" || "turns" in input;
    const nothing = text.tokens.length <= 1 || (isPlain && isTooShort(input));
    const context = { ...this.#context, ...(prepared && { source: prepared }) };
    return families
      .filter((family) => !wanted || wanted.has(family))
      .map((family) => [family, nothing ? family.entries.map(() => null) : family.compute(text, context)]);
  }

  /**
   * Analyses a source and finds its keywords. The result is kept for the next call with the same source.
   * @internal
   */
  prepareSource(source: TaacoInput): PreparedSource {
    if (this.#source?.input !== source) {
      const prepared = prepareSource(this.modelOf(source), this.lists, this.mode);
      this.#source = { input: source, prepared };
    }
    return this.#source.prepared;
  }

  /**
   * Returns the words and segment pairs behind an index.
   *
   * @throws DialoguePpoError ERR_CONFIG for a name that is no index, or a source index without a source
   */
  explain(input: TaacoInput, index: string, options: Pick<IndexOptions, "source"> = {}): Explanation {
    const found = findOfficial(index);
    if (!found) throw new DialoguePpoError("ERR_CONFIG", `${index} is no index of TAACO`);
    const { group: family, entry } = found;
    if (family === SOURCE_FAMILY && options.source === undefined) {
      throw new DialoguePpoError("ERR_CONFIG", `${index} needs a source text`);
    }
    const paragraphs = this.analyse(input);
    const source = options.source === undefined ? undefined : this.prepareSource(options.source);
    const context = { ...this.#context, ...(source && { source }) };
    const measured = typeof input === "string" ? input : { paragraphs };
    const value = this.indices(measured, { ...options, only: [index] })[index] ?? null;
    const evidence = family.explain(this.modelOf({ paragraphs }), entry.parts, context);
    return { index, meaning: entry.meaning, value, ...evidence };
  }

  /** Returns length-robust companions of the indices, which are not TAACO's own; their names begin with `dppo_`. */
  extras(input: TaacoInput): IndexValues {
    const text = this.modelOf(input);
    return Object.fromEntries(TEXT_MEASURES.entries.map(({ name, parts }) => [name, parts(text)]));
  }

  /** Returns measures of a turn against the dialogue before it; their names begin with `dppo_turn_`. */
  turnExtras(turn: AnnotatedText, context: AnnotatedText): IndexValues {
    const side = prepareSide(this.modelOf({ paragraphs: turn }), this.spaces);
    const before = this.#turnContext(context);
    return Object.fromEntries(TURN_MEASURES.entries.map(({ name, parts }) => [name, parts(side, before)]));
  }

  #turnContext(context: AnnotatedText): TurnContext {
    const text = this.modelOf({ paragraphs: context });
    let prepared = this.#turnContexts.get(text);
    if (!prepared) {
      prepared = prepareTurnContext(text, this.spaces);
      this.#turnContexts.set(text, prepared);
    }
    return prepared;
  }
}
