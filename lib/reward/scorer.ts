import { DialoguePpoError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Turn } from "../sample.ts";
import { requiredSpaceKind } from "../taaco/catalogue.ts";
import type { AnnotatedText, IndexMode, IndexValues } from "../taaco/types.ts";
import { type Analyser, countTextWords } from "./analyser.ts";
import { type Calibration, identifySpaces, type LengthTable, type ScoredText } from "./calibration.ts";
import { type CompositeScore, computeComposite, lowestScore } from "./composite.ts";
import { computeGuardShares, splitWords } from "./guards.ts";
import { contextInput, measureTurn, type PreparedContext, prepareContext } from "./measure.ts";
import { describeMissingIndices } from "./missing.ts";
import type { ScorePreset } from "./preset.ts";
import { type PresetReference, requiredSpaceKinds, resolvePreset } from "./presets.ts";

/** Options of {@link Scorer.create}. */
export interface ScorerOptions {
  /** Name of a preset of the package, a JSON file, or a preset. */
  readonly preset: PresetReference;
  readonly indexMode: IndexMode;
  readonly scoredText: ScoredText;
  /** Statistics for z-scores; raw presets need none. */
  readonly calibration?: Calibration | undefined;
  /** Analyser in mode `indexMode`, or in mode `experiment` for experiment presets. */
  readonly taaco: Analyser;
  /** Receives one warning that names the missing indices. */
  readonly log?: Logger | undefined;
}

/** Score that the original experiment gave a text that could not be analysed. */
const ORIGINAL_FAILURE: CompositeScore = { value: 0.5, parts: {}, missing: [] };

/** Computes composite scores. The context of a turn is analysed once for all turns that continue it. */
export class Scorer {
  readonly preset: ScorePreset;
  readonly scoredText: ScoredText;
  /**
   * Indices of the preset that have no value in any text, because their statistics or their semantic space is missing.
   */
  readonly missing: readonly string[];
  readonly #taaco: Analyser;
  readonly #table: LengthTable | undefined;

  private constructor(options: ScorerOptions, preset: ScorePreset) {
    this.preset = preset;
    this.scoredText = options.scoredText;
    this.#taaco = options.taaco;
    this.#table = preset.raw ? undefined : options.calibration?.[preset.scope];
    const known = this.#table?.all ?? {};
    const names = preset.terms.map(({ index }) => index);
    const hasSpace = (index: string): boolean => {
      const kind = requiredSpaceKind(index);
      return kind === undefined || options.taaco.spaces.some((space) => space.kind === kind);
    };
    this.missing = preset.raw ? [] : names.filter((name) => !((known[name]?.sd ?? 0) > 0) || !hasSpace(name));
  }

  /**
   * Creates a scorer.
   * @throws DialoguePpoError ERR_CONFIG when the calibration does not fit the preset, mode, scored text or spaces
   */
  static create(options: ScorerOptions): Scorer {
    const preset = resolvePreset(options.preset);
    const mode = preset.experiment ? "experiment" : options.indexMode;
    if (options.taaco.mode !== mode) {
      throw new DialoguePpoError(
        "ERR_CONFIG",
        `score preset ${preset.name} needs indices in mode ${mode}, got ${options.taaco.mode}`,
      );
    }
    const reason = preset.raw ? undefined : findCalibrationProblem(options, preset);
    if (reason !== undefined) throw new DialoguePpoError("ERR_CONFIG", reason);
    const scorer = new Scorer(options, preset);
    const { missing } = scorer;
    if (missing.length === preset.terms.length) {
      throw new DialoguePpoError(
        "ERR_CONFIG",
        `the calibration holds no index of score preset ${preset.name} that varies; calibrate with it, on more dialogues`,
      );
    }
    if (missing.length > 0) {
      const kinds = options.taaco.spaces.map(({ kind }) => kind);
      options.log?.warn(describeMissingIndices(preset.name, missing, scorer.#table, kinds));
    }
    return scorer;
  }

  /** The lowest score, which an empty or one-word turn gets. */
  get lowest(): CompositeScore {
    return lowestScore(this.preset);
  }

  /**
   * Analyses a partial dialogue in parts, between which it calls `pause`. {@link Scorer.prepare} is fast afterwards.
   */
  analyseAhead(prompt: { readonly turns: readonly Turn[] }, pause: () => Promise<void>): Promise<void> {
    return this.#taaco.analyseAhead(contextInput(prompt, this.preset.experiment), pause);
  }

  /** Analyses a partial dialogue. */
  prepare(prompt: { readonly turns: readonly Turn[]; readonly speaker: string }): PreparedContext {
    return prepareContext(this.#taaco, prompt, this.preset.experiment);
  }

  /**
   * Scores a turn in its context. A turn of fewer than two words gets the lowest score.
   * @throws DialoguePpoError ERR_DATA when the analysis fails; experiment presets then give 0.5 instead
   */
  score(context: PreparedContext, turn: string): CompositeScore {
    const words = splitWords(turn);
    if (words.length < 2) return this.lowest;
    try {
      const measured = measureTurn(this.#taaco, context, turn, this.preset, this.scoredText);
      const shares = computeGuardShares(words, context.words, measured.connectives);
      return computeComposite(measured.values, measured.words, this.preset, this.#table, shares);
    } catch (error) {
      if (this.preset.experiment) return ORIGINAL_FAILURE;
      throw new DialoguePpoError("ERR_DATA", `a turn could not be analysed: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /**
   * Scores a whole text that has no context; no guard acts.
   *
   * @param values indices of the text, if they are known already
   * @throws DialoguePpoError ERR_CONFIG for a preset that scores turns
   */
  scoreText(text: AnnotatedText, values?: IndexValues): CompositeScore {
    this.#requireText();
    const only = this.preset.terms.map(({ index }) => index);
    return this.scoreValues(
      values ?? this.#taaco.indices({ paragraphs: text }, { only }),
      countTextWords(text),
    );
  }

  /**
   * Scores a text whose indices and length in words are known.
   * @throws DialoguePpoError ERR_CONFIG for a preset that scores turns
   */
  scoreValues(values: IndexValues, words: number): CompositeScore {
    this.#requireText();
    return words < 2 ? this.lowest : computeComposite(values, words, this.preset, this.#table);
  }

  #requireText(): void {
    if (this.preset.scope === "text") return;
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `score preset ${this.preset.name} scores a turn in its context, not a text`,
    );
  }
}

/** Returns why a calibration cannot be used; undefined when it can. */
function findCalibrationProblem(options: ScorerOptions, preset: ScorePreset): string | undefined {
  const { calibration, indexMode, scoredText, taaco } = options;
  if (!calibration) return `score preset ${preset.name} needs a calibration (command calibrate)`;
  if (calibration.indexMode !== indexMode) {
    return `the calibration holds ${calibration.indexMode} indices, expected ${indexMode}; calibrate again`;
  }
  if (preset.scope === "text" && calibration.scoredText !== scoredText) {
    return `the calibration is of scored text "${calibration.scoredText}", expected "${scoredText}"; calibrate again`;
  }
  const needed = requiredSpaceKinds(preset);
  for (const { kind, hash } of identifySpaces(taaco.spaces.filter((space) => needed.includes(space.kind)))) {
    const measured = calibration.spaces.find((space) => space.kind === kind);
    if (measured && measured.hash !== hash) {
      return (
        `the calibration was measured with another ${kind} space than the one in use; pass the spaces of the calibration, ` +
        "or run calibrate with the same --spaces"
      );
    }
  }
  return undefined;
}
