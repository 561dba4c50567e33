import type { TaacoLists } from "../lists/word-lists.ts";
import type {
  AnnotatedText,
  AnnotatedToken,
  ArithmeticMode,
  TaacoInput,
  Tagger,
  UnannotatedInput,
} from "../types.ts";
import { isAnnotated, paragraphParts, splitParagraphs } from "./paragraphs.ts";
import { buildTextModel, type TextModel } from "./text-model.ts";

/** The analysis of a string or a list of turns. */
interface Analysis {
  readonly content: unknown;
  readonly paragraphs: AnnotatedText;
  /** The form that the families compute with, once it is made. */
  model: TextModel | undefined;
}

/** Returns what identifies a text: its string, or its list of turns. */
const contentOf = (input: UnannotatedInput): unknown => (typeof input === "string" ? input : input.turns);

/** Analyses texts, and caches the analysis of the latest ones and the form that the families compute with. */
export class TextAnalyser {
  readonly #tagger: Tagger;
  readonly #lists: TaacoLists;
  readonly #mode: ArithmeticMode;
  /**
   * Caches the prepared form of each annotated text that a caller holds. Annotated texts must not change. The form of
   * any other text stands in its {@link Analysis}, because an entry of a weak map outlives its text and is then moved
   * by the garbage collector.
   */
  readonly #models = new WeakMap<AnnotatedText, TextModel>();
  /** The string or the list of turns that {@link TextAnalyser.analyseAhead} has analysed. */
  #ahead: Analysis | undefined;
  /** The string or the list of turns that was analysed last. A row measures it, counts it and shows its tokens. */
  #last: Analysis | undefined;

  constructor(tagger: Tagger, lists: TaacoLists, mode: ArithmeticMode) {
    this.#tagger = tagger;
    this.#lists = lists;
    this.#mode = mode;
  }

  /** Returns the language analysis of a text. */
  analyse(input: TaacoInput): AnnotatedText {
    if (isAnnotated(input)) return input.paragraphs;
    return this.#analysisOf(input).paragraphs;
  }

  #analysisOf(input: UnannotatedInput): Analysis {
    const content = contentOf(input);
    const known = [this.#ahead, this.#last].find((one) => one?.content === content);
    if (known !== undefined) return known;
    const work = this.#tagParts(input);
    let step = work.next();
    while (!step.done) step = work.next();
    const analysis: Analysis = { content, paragraphs: step.value, model: undefined };
    this.#last = analysis;
    return analysis;
  }

  /**
   * Analyses a text in parts, so that events are handled during the analysis of a long text. The next calls with the
   * same string or list of turns use the result.
   *
   * @param pause called at the start, for an annotated text too, and after each part; its rejection ends the analysis
   */
  async analyseAhead(input: TaacoInput, pause: () => Promise<void>): Promise<void> {
    await pause();
    if (isAnnotated(input)) return;
    const work = this.#tagParts(input);
    let step = work.next();
    for (; !step.done; step = work.next()) await pause();
    this.#ahead = { content: contentOf(input), paragraphs: step.value, model: undefined };
  }

  /** Analyses a text part by part, and stops after each of them. */
  *#tagParts(input: UnannotatedInput): Generator<void, AnnotatedText> {
    const paragraphs: AnnotatedToken[][][] = [];
    for (const paragraph of splitParagraphs(input)) {
      const sentences: AnnotatedToken[][] = [];
      for (const part of paragraphParts(paragraph)) {
        sentences.push(...this.#tagger.tag(part));
        yield;
      }
      paragraphs.push(sentences);
    }
    return paragraphs;
  }

  /**
   * Returns the form of a text that the families compute with: its kept tokens with their word classes. The result is
   * cached for each annotated text, and for the text that was analysed last.
   */
  modelOf(input: TaacoInput): TextModel {
    if (isAnnotated(input)) return this.#modelOfAnnotated(input.paragraphs);
    const analysis = this.#analysisOf(input);
    analysis.model ??= buildTextModel(analysis.paragraphs, this.#lists, this.#mode);
    return analysis.model;
  }

  #modelOfAnnotated(paragraphs: AnnotatedText): TextModel {
    let model = this.#models.get(paragraphs);
    if (!model) {
      model = buildTextModel(paragraphs, this.#lists, this.#mode);
      this.#models.set(paragraphs, model);
    }
    return model;
  }
}
