import { DialoguePpoError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Turn } from "../sample.ts";
import type { AnnotatedText, IndexMode, IndexValues } from "../taaco/types.ts";
import { type Analyser, lengthOf } from "./analyser.ts";
import { type Calibration, type LengthTable, type ScoredText, spaceIdentities } from "./calibration.ts";
import { type CompositeScore, composite, lowest } from "./composite.ts";
import { guardShares, wordsOf } from "./guards.ts";
import { measureTurn, type PreparedContext, prepareContext } from "./measure.ts";
import { missingNote } from "./missing.ts";
import type { ScorePreset } from "./preset.ts";
import { type PresetReference, presetOf, spaceKindOf, spaceKindsOf } from "./presets.ts";

export interface ScorerOptions {
  /** A preset of the package by name, one of your own, or its JSON file. */
  readonly preset: PresetReference;
  readonly indexMode: IndexMode;
  readonly scoredText: ScoredText;
  /** Statistics for z-scores; preset `original` needs none. */
  readonly calibration?: Calibration;
  /** Must be in `indexMode`; in mode `experiment` for preset `original`. */
  readonly taaco: Analyser;
  /** Told once which indices are missing. */
  readonly log?: Logger;
}

/** Score of a text on which the original's analysis failed. */
const ORIGINAL_FAILURE: CompositeScore = { value: 0.5, parts: {}, missing: [] };

/** Turns texts into composite scores; the context of a turn is analysed once for all who continue it. */
export class Scorer {
  readonly preset: ScorePreset;
  readonly scoredText: ScoredText;
  /** Indices of the preset that no text can have here: without statistics, for example for want of a space. */
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
      const kind = spaceKindOf(index);
      return kind === undefined || options.taaco.spaces.some((space) => space.kind === kind);
    };
    this.missing = preset.raw ? [] : names.filter((name) => !((known[name]?.sd ?? 0) > 0) || !hasSpace(name));
  }

  /** @throws DialoguePpoError ERR_CONFIG when the calibration does not belong to preset, mode, scored text or spaces */
  static async create(options: ScorerOptions): Promise<Scorer> {
    const preset = presetOf(options.preset);
    const mode = preset.experiment ? "experiment" : options.indexMode;
    if (options.taaco.mode !== mode) {
      throw new DialoguePpoError(
        "ERR_CONFIG",
        `score preset ${preset.name} needs indices in mode ${mode}, got ${options.taaco.mode}`,
      );
    }
    const reason = preset.raw ? undefined : unsuited(options, preset);
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
      options.log?.warn(missingNote(preset.name, missing, scorer.#table, kinds));
    }
    return scorer;
  }

  /** The lowest score: that of an empty or one-word turn. */
  get lowest(): CompositeScore {
    return lowest(this.preset);
  }

  /** Analyses a partial dialogue. */
  prepare(prompt: { readonly turns: readonly Turn[]; readonly speaker: string }): PreparedContext {
    return prepareContext(this.#taaco, prompt, this.preset.experiment);
  }

  /**
   * Scores a turn after its context. Fewer than two words get the lowest score.
   * @throws DialoguePpoError ERR_DATA when the analysis fails; preset `original` then gives 0.5 as it did
   */
  score(context: PreparedContext, turn: string): CompositeScore {
    const words = wordsOf(turn);
    if (words.length < 2) return this.lowest;
    try {
      const measured = measureTurn(this.#taaco, context, turn, this.preset, this.scoredText);
      const shares = guardShares(words, context.said, measured.connectives);
      return composite(measured.values, measured.words, this.preset, this.#table, shares);
    } catch (error) {
      if (this.preset.experiment) return ORIGINAL_FAILURE;
      const reason = error instanceof Error ? error.message : String(error);
      throw new DialoguePpoError("ERR_DATA", `a turn could not be analysed: ${reason}`, { cause: error });
    }
  }

  /**
   * Scores a whole text of which nothing is new; no guard acts.
   * @param values its indices, when they are known already
   * @throws DialoguePpoError ERR_CONFIG for a preset that scores turns
   */
  scoreText(text: AnnotatedText, values?: IndexValues): CompositeScore {
    this.#requireText();
    const only = this.preset.terms.map(({ index }) => index);
    return this.scoreValues(values ?? this.#taaco.indices({ paragraphs: text }, { only }), lengthOf(text));
  }

  /**
   * Scores a text whose indices and length in words are known.
   * @throws DialoguePpoError ERR_CONFIG for a preset that scores turns
   */
  scoreValues(values: IndexValues, words: number): CompositeScore {
    this.#requireText();
    return words < 2 ? this.lowest : composite(values, words, this.preset, this.#table);
  }

  #requireText(): void {
    if (this.preset.scope === "text") return;
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `score preset ${this.preset.name} scores a turn in its context, not a text`,
    );
  }
}

/** Why a calibration cannot serve, or undefined when it can. */
function unsuited(options: ScorerOptions, preset: ScorePreset): string | undefined {
  const { calibration, indexMode, scoredText, taaco } = options;
  if (!calibration) return `score preset ${preset.name} needs a calibration (command calibrate)`;
  if (calibration.indexMode !== indexMode) {
    return `the calibration holds ${calibration.indexMode} indices, expected ${indexMode}; calibrate again`;
  }
  if (preset.scope === "text" && calibration.scoredText !== scoredText) {
    return `the calibration is of scored text "${calibration.scoredText}", expected "${scoredText}"; calibrate again`;
  }
  const needed = spaceKindsOf(preset);
  for (const { kind, hash } of spaceIdentities(taaco.spaces.filter((space) => needed.includes(space.kind)))) {
    const measured = calibration.spaces.find((space) => space.kind === kind);
    if (measured && measured.hash !== hash) {
      return `the calibration was measured with another ${kind} space than the one in use; calibrate again`;
    }
  }
  return undefined;
}
