import { checkNames } from "../arguments.ts";
import { DialoguePpoError } from "../errors.ts";
import { nearestName } from "../nearest-name.ts";
import { ALL_NAMES, FAMILIES, findOfficial, SOURCE_FAMILY, TEXT_FAMILIES, TEXT_NAMES } from "./catalogue.ts";
import { checkedTagger, checkIndexNames, checkInput, checkListOptions, checkSpaces } from "./check-input.ts";
import type { Explanation } from "./families/evidence.ts";
import type { Family, FamilyContext, IndexEntry } from "./families/family.ts";
import { TEXT_MEASURES } from "./families/own-text.ts";
import { prepareSide, prepareTurnContext, TURN_MEASURES, type TurnContext } from "./families/own-turn.ts";
import { type ConnectiveTable, compileConnectives } from "./lists/connective-table.ts";
import { type PreparedSource, prepareSource } from "./lists/keywords.ts";
import { loadLists, OWN_LISTS } from "./lists/load.ts";
import type { ListOptions, TaacoLists } from "./lists/word-lists.ts";
import { TextAnalyser } from "./text/analyser.ts";
import { classifyText } from "./text/classified.ts";
import { isAnnotated, isTooShort } from "./text/paragraphs.ts";
import { countText } from "./text/text-counts.ts";
import type { TextModel } from "./text/text-model.ts";
import { hasWordCharacter } from "./text/token.ts";
import type {
  AnnotatedText,
  ArithmeticMode,
  FamilyValues,
  IndexValues,
  TaacoInput,
  Tagger,
  VectorSpace,
} from "./types.ts";

/**
 * Increased whenever tags, lemmas, sentences or word lists change, so that cached spaces and calibrations are made
 * again.
 */
export const ANALYSIS_VERSION = 5;

const MODES: readonly ArithmeticMode[] = ["corrected", "faithful", "experiment"];

/** Options of {@link Taaco.create}. */
export interface TaacoOptions {
  /**
   * Arithmetic of the indices. `corrected` (default) mends the errors of the official tool, `faithful` reproduces them,
   * and `experiment` is `faithful` with the givenness of the original experiment.
   */
  readonly mode?: ArithmeticMode;
  /**
   * Semantic spaces, at most one of each kind. The semantic indices of a kind without a space are null. Default: none.
   */
  readonly spaces?: readonly VectorSpace[];
  /** Where the word lists are read from. Default: the lists of this package. */
  readonly lists?: ListOptions;
  /** Splits and annotates texts. Default: the analyser of this package. */
  readonly tagger?: Tagger;
}

/** Options of {@link Taaco.indices}. */
export interface IndexOptions {
  /** Text that was summarised or answered. It adds the 26 source indices. */
  readonly source?: TaacoInput;
  /** Names of indices. Only the families of these indices are computed. Default: all families. */
  readonly only?: readonly string[];
}

function countWords({ tokens }: TextModel): number {
  let count = 0;
  for (const { form } of tokens) if (hasWordCharacter(form)) count += 1;
  return count;
}

/** @throws DialoguePpoError ERR_CONFIG for a name that is no index */
function locateIndex(name: string): NonNullable<ReturnType<typeof findOfficial>> {
  checkIndexNames("index", [name]);
  const located = findOfficial(name);
  if (located) return located;
  const near = nearestName(name, ALL_NAMES);
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `${name} is no index of TAACO${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}

/** Returns the families of indices. The measures of this package, which have none, are passed over. */
const familiesOf = (names: readonly string[]): ReadonlySet<Family> =>
  new Set(names.filter((name) => !name.startsWith("dppo_")).map((name) => locateIndex(name).group));

// The language model takes several megabytes. It is therefore imported only if no other tagger is given.
async function loadTagger(directory: string, { ownAdjectives }: TaacoLists): Promise<Tagger> {
  const { PerceptronTagger } = await import("./analysis/tagger.ts");
  return new PerceptronTagger(directory, ownAdjectives);
}

/** Computes the indices of TAACO (Crossley, Kyle & McNamara 2016; Crossley, Kyle & Dascalu 2019). */
export class Taaco {
  readonly mode: ArithmeticMode;
  readonly spaces: readonly VectorSpace[];
  /** @internal */
  readonly lists: TaacoLists;
  readonly #analyser: TextAnalyser;
  readonly #context: FamilyContext;
  readonly #turnContexts = new WeakMap<TextModel, TurnContext>();
  #only: { readonly names: readonly string[]; readonly families: ReadonlySet<Family> } | undefined;
  #source: { readonly input: TaacoInput; readonly prepared: PreparedSource } | undefined;

  private constructor(options: TaacoOptions, lists: TaacoLists, tagger: Tagger) {
    this.mode = options.mode ?? "corrected";
    this.spaces = options.spaces ?? [];
    this.lists = lists;
    const { mode, spaces } = this;
    this.#analyser = new TextAnalyser(tagger, lists, mode);
    this.#context = { mode, lists, spaces, connectives: compileConnectives(lists, mode) };
  }

  /**
   * Loads the word lists and, unless a tagger is given, the language model. The instance can measure any number of
   * texts.
   *
   * @throws DialoguePpoError ERR_CONFIG for an unknown option or mode, or for two spaces of a kind
   * @throws DialoguePpoError ERR_DATA when a word list is missing or damaged; the message names the file
   */
  static async create(options: TaacoOptions = {}): Promise<Taaco> {
    checkNames(options, ["mode", "spaces", "lists", "tagger"], "Taaco.create");
    const { mode = "corrected", spaces = [] } = options;
    checkSpaces("Taaco.create", spaces);
    if (!MODES.includes(mode)) {
      throw new DialoguePpoError("ERR_CONFIG", `mode: expected one of ${MODES.join(", ")}, got ${mode}`);
    }
    if (options.lists !== undefined) checkListOptions("Taaco.create: lists", options.lists);
    const ownTagger = options.tagger === undefined ? undefined : checkedTagger(options.tagger);
    const lists = loadLists(options.lists);
    const tagger = ownTagger ?? (await loadTagger(options.lists?.directory ?? OWN_LISTS, lists));
    return new Taaco(options, lists, tagger);
  }

  /**
   * Returns the language analysis of a text without any index. The result can be passed as `{ paragraphs }` any number
   * of times. It must not be changed.
   *
   * @throws DialoguePpoError ERR_CONFIG when the input is no text
   */
  analyse(input: TaacoInput): AnnotatedText {
    checkInput("analyse", input);
    return this.#analyser.analyse(input);
  }

  /**
   * Analyses a text in parts, so that events are handled during the analysis of a long text. The next calls with the
   * same string or list of turns use the result.
   *
   * @param pause called at the start, for an annotated text too, and after each part; its rejection ends the analysis
   * @internal
   */
  analyseAhead(input: TaacoInput, pause: () => Promise<void>): Promise<void> {
    return this.#analyser.analyseAhead(input, pause);
  }

  /**
   * Returns the form of a text that the families compute with.
   * @internal
   */
  modelOf(input: TaacoInput): TextModel {
    return this.#analyser.modelOf(input);
  }

  /**
   * Returns the compiled connective lists.
   * @internal
   */
  get connectives(): ConnectiveTable {
    return this.#context.connectives;
  }

  /**
   * Returns whether the adjective, synonym and frequency lists are this package's own or those of the official tool.
   */
  get listSource(): "own" | "official" {
    return this.lists.source;
  }

  /**
   * Returns the 168 indices of a text by name in official order, or 194 with a source. All values of a text of at most
   * one word are null.
   *
   * @param options.only names of indices. Only their families are computed, and the result holds all indices of those
   *   families.
   * @returns proportions and ratios. A value is null if there is nothing to measure or if the index needs a space that
   *   is absent.
   * @throws DialoguePpoError ERR_CONFIG for an unknown option, a name that is no index, or an input that is no text
   */
  indices(input: TaacoInput, options: IndexOptions = {}): IndexValues {
    checkNames(options, ["source", "only"], "indices");
    const { source, only } = options;
    checkInput("indices", input);
    if (source !== undefined) checkInput("indices: source", source);
    if (only !== undefined) checkIndexNames("indices: only", only);
    const wanted = only && familiesOf(only);
    const values: IndexValues = {};
    for (const [family, row] of this.#rows(input, source, wanted)) {
      row.forEach((value, at) => {
        values[(family.entries[at] as IndexEntry).name] = value;
      });
    }
    return values;
  }

  /**
   * Returns the number of words of a text and all its indices as numbers, which cost less than an object. NaN stands
   * for null.
   *
   * @param source text to compare with; null for the 26 source indices without values
   * @param only names of indices. The values of other families than theirs are NaN. Default: all families
   * @internal
   */
  row(
    input: TaacoInput,
    source?: TaacoInput | null,
    only?: readonly string[],
  ): { words: number; values: Float64Array } {
    const rows = new Map(this.#rows(input, source, only && this.#familiesOf(only)));
    const values = new Float64Array((source === undefined ? TEXT_NAMES : ALL_NAMES).length);
    let at = 0;
    for (const family of source === undefined ? TEXT_FAMILIES : FAMILIES) {
      const row = rows.get(family);
      for (let entry = 0; entry < family.entries.length; entry++) values[at++] = row?.[entry] ?? Number.NaN;
    }
    return { words: countWords(this.modelOf(input)), values };
  }

  /** Returns the families of some indices. All texts of a call have the same list, whose families are found once. */
  #familiesOf(names: readonly string[]): ReadonlySet<Family> {
    if (this.#only?.names !== names) this.#only = { names, families: familiesOf(names) };
    return this.#only.families;
  }

  /**
   * Returns the counts of a text in the order of `COUNT_NAMES`.
   * @internal
   */
  counts(input: TaacoInput): number[] {
    return countText(this.modelOf(input));
  }

  /**
   * Returns the language analysis of a text with the word classes of each token as the indices of this mode use them.
   * @internal
   */
  classified(input: TaacoInput): AnnotatedText {
    return classifyText(this.analyse(input), this.lists, this.mode);
  }

  #rows(
    input: TaacoInput,
    source?: TaacoInput | null,
    wanted?: ReadonlySet<Family>,
  ): [Family, FamilyValues][] {
    // The source comes first, so that the text stays the one that was analysed last.
    const prepared = source == null ? undefined : this.#prepareSource(source);
    const text = this.modelOf(input);
    const families = prepared ? FAMILIES : TEXT_FAMILIES;
    const hasNoValues = text.tokens.length <= 1 || (!isAnnotated(input) && isTooShort(input));
    const context = prepared ? { ...this.#context, source: prepared } : this.#context;
    const rows: [Family, FamilyValues][] = [];
    for (const family of families) {
      if (wanted && !wanted.has(family)) continue;
      rows.push([family, hasNoValues ? family.entries.map(() => null) : family.compute(text, context)]);
    }
    return rows;
  }

  /** Analyses a source text and finds its keywords. The result is cached for the next call with the same source. */
  #prepareSource(source: TaacoInput): PreparedSource {
    if (this.#source?.input !== source) {
      const prepared = prepareSource(this.modelOf(source), this.lists, this.mode);
      this.#source = { input: source, prepared };
    }
    return this.#source.prepared;
  }

  /**
   * Returns the words and the pairs of segments from which an index was computed.
   *
   * @throws DialoguePpoError ERR_CONFIG when the name is not an official index, when a source index is given no source,
   *   or when the input is no text
   */
  explain(input: TaacoInput, index: string, options: Pick<IndexOptions, "source"> = {}): Explanation {
    checkNames(options, ["source"], "explain");
    checkInput("explain", input);
    if (options.source !== undefined) checkInput("explain: source", options.source);
    const { group: family, entry } = locateIndex(index);
    if (family === SOURCE_FAMILY && options.source === undefined) {
      throw new DialoguePpoError("ERR_CONFIG", `${index} needs a source text`);
    }
    const source = options.source === undefined ? undefined : this.#prepareSource(options.source);
    const paragraphs = this.analyse(input);
    const context = { ...this.#context, ...(source && { source }) };
    const value = this.indices(input, { ...options, only: [index] })[index] ?? null;
    const evidence = family.explain(this.modelOf({ paragraphs }), entry.parts, context);
    return { index, meaning: entry.meaning, value, ...evidence };
  }

  /**
   * Returns this package's measures of a text, which depend less on its length than the indices. Their names begin with
   * `dppo_`.
   *
   * @throws DialoguePpoError ERR_CONFIG when the input is no text
   */
  extras(input: TaacoInput): IndexValues {
    checkInput("extras", input);
    const text = this.modelOf(input);
    return Object.fromEntries(TEXT_MEASURES.entries.map(({ name, parts }) => [name, parts.compute(text)]));
  }

  /**
   * Returns this package's measures of a turn in relation to the dialogue before it. Their names begin with
   * `dppo_turn_`.
   *
   * @throws DialoguePpoError ERR_CONFIG when the turn or the context is no annotated text, as `analyse` returns it
   */
  turnExtras(turn: AnnotatedText, context: AnnotatedText): IndexValues {
    checkInput("turnExtras: turn", { paragraphs: turn ?? null });
    checkInput("turnExtras: context", { paragraphs: context ?? null });
    const side = prepareSide(this.modelOf({ paragraphs: turn }), this.spaces);
    const before = this.#turnContext(context);
    return Object.fromEntries(
      TURN_MEASURES.entries.map(({ name, parts }) => [name, parts.compute(side, before)]),
    );
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
