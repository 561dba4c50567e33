import { DialoguePpoError } from "../errors.ts";
import { WinkTagger } from "./analysis/wink-tagger.ts";
import { type Explanation, evidenceFor } from "./explain.ts";
import { type ConnectiveTable, compileConnectives } from "./families/connectives.ts";
import { textExtras, turnExtras } from "./families/extras.ts";
import { type PreparedSource, prepareSource } from "./families/source.ts";
import { FAMILIES, type Family, type Material } from "./families.ts";
import { loadLists, OWN_LISTS } from "./lists/load.ts";
import type { ListOptions, TaacoLists } from "./lists/word-lists.ts";
import { ALL_NAMES, SOURCE_NAMES } from "./names.ts";
import { isTooShort, paragraphsOf } from "./text/paragraphs.ts";
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
  /** At most one a kind; the semantic indices of a kind without a space are null. */
  readonly spaces?: readonly VectorSpace[];
  readonly lists?: ListOptions;
  readonly tagger?: Tagger;
}

/** What is measured. */
export interface IndexOptions {
  /** The text that was summarised or answered; brings the 26 source indices. */
  readonly source?: TaacoInput;
  readonly only?: readonly string[];
}

const all = (_names: readonly string[]): boolean => true;

const countWords = (text: TextModel): number =>
  text.tokens.filter(({ form }) => HAS_WORD_CHARACTER.test(form)).length;

/** Computes the indices of TAACO (Crossley, Kyle & McNamara 2016; Crossley, Kyle & Dascalu 2019). */
export class Taaco {
  readonly mode: ArithmeticMode;
  readonly spaces: readonly VectorSpace[];
  /** @internal */
  readonly lists: TaacoLists;
  readonly #tagger: Tagger;
  readonly #material: Material;
  #source: { readonly input: TaacoInput; readonly prepared: PreparedSource } | undefined;

  private constructor(options: TaacoOptions) {
    this.mode = options.mode ?? "corrected";
    this.spaces = options.spaces ?? [];
    this.lists = loadLists(options.lists);
    this.#tagger = options.tagger ?? new WinkTagger(options.lists?.directory ?? OWN_LISTS);
    const { mode, lists, spaces } = this;
    this.#material = { mode, lists, spaces, connectives: compileConnectives(lists, mode) };
  }

  /** Loads the word lists and the language model; may be used for any number of texts. */
  static async create(options: TaacoOptions = {}): Promise<Taaco> {
    return new Taaco(options);
  }

  /** Language analysis only; its result can be given back as `{ paragraphs }` any number of times. */
  analyse(input: TaacoInput): AnnotatedText {
    if (typeof input === "object" && "paragraphs" in input) return input.paragraphs;
    return paragraphsOf(input).map((paragraph) => this.#tagger.tag(paragraph));
  }

  /**
   * The text as the index families see it: kept tokens with their classes.
   * @internal
   */
  modelOf(input: TaacoInput): TextModel {
    return buildTextModel(this.analyse(input), this.lists, this.mode);
  }

  /**
   * The compiled connective lists.
   * @internal
   */
  get connectives(): ConnectiveTable {
    return this.#material.connectives;
  }

  /** Where the adjective, synonym and frequency lists come from. */
  get listSource(): "own" | "official" {
    return this.lists.source;
  }

  /**
   * The 168 indices of a text in official order, 194 with a source. A text of at most one word has no values.
   *
   * @param options.only compute only the families that these names belong to; the result has their indices only
   * @returns proportions and ratios; null where there is nothing to measure, and for a kind of space that is absent
   */
  indices(input: TaacoInput, options: IndexOptions = {}): IndexValues {
    const { source, only } = options;
    const wants = only && ((names: readonly string[]): boolean => only.some((name) => names.includes(name)));
    const values: IndexValues = {};
    this.#row(input, this.modelOf(input), source, wants).forEach((family, at) => {
      const { names } = FAMILIES[at] as Family;
      family.forEach((value, index) => {
        values[names[index] as string] = value;
      });
    });
    return values;
  }

  /**
   * All indices as a row, which is cheaper than an object, and how many words the text has.
   * @internal
   */
  row(input: TaacoInput, source?: TaacoInput): { words: number; values: FamilyValues } {
    const text = this.modelOf(input);
    return { words: countWords(text), values: this.#row(input, text, source).flat() };
  }

  #row(input: TaacoInput, text: TextModel, source?: TaacoInput, wants = all): FamilyValues[] {
    const prepared = source === undefined ? undefined : this.prepareSource(source);
    const families = FAMILIES.filter(({ names }) => names !== SOURCE_NAMES || prepared);
    const isPlain = typeof input === "string" || "turns" in input;
    const nothing = text.tokens.length <= 1 || (isPlain && isTooShort(input));
    const material = { ...this.#material, ...(prepared && { source: prepared }) };
    return families.map(({ names, compute }) => {
      if (!wants(names)) return [];
      return nothing ? names.map(() => null) : compute(text, material);
    });
  }

  /**
   * Analyses a source and finds its keywords; done once while the same object is given again.
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
   * The words and segment pairs behind an index.
   *
   * @throws DialoguePpoError ERR_CONFIG for a name that is no index, or a source index without a source
   */
  explain(input: TaacoInput, index: string, options: Pick<IndexOptions, "source"> = {}): Explanation {
    if (!ALL_NAMES.includes(index) || (!options.source && SOURCE_NAMES.includes(index))) {
      const why = ALL_NAMES.includes(index) ? "needs a source text" : "is no index of TAACO";
      throw new DialoguePpoError("ERR_CONFIG", `${index} ${why}`);
    }
    const paragraphs = this.analyse(input);
    const source = options.source === undefined ? undefined : this.prepareSource(options.source);
    const context = { ...this.#material, ...(source && { source }) };
    const value = this.indices(typeof input === "string" ? input : { paragraphs }, options)[index] ?? null;
    return { index, value, ...evidenceFor(this.modelOf({ paragraphs }), index, context) };
  }

  /** Length-robust companions of the indices, not TAACO's own; their names begin with `dppo_`. */
  extras(input: TaacoInput): IndexValues {
    return textExtras(this.modelOf(input));
  }

  /** The last turn against what was said before it; both analysed once by the caller. */
  turnExtras(turn: AnnotatedText, context: AnnotatedText): IndexValues {
    return turnExtras(this.modelOf({ paragraphs: turn }), this.modelOf({ paragraphs: context }), this.spaces);
  }
}
