import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { starterFolder } from "../package.ts";
import type { Calibration } from "../reward/calibration.ts";
import { readCalibration } from "../reward/calibration-file.ts";
import type { CompositeScore } from "../reward/composite.ts";
import type { ScorePreset } from "../reward/preset.ts";
import { Scorer } from "../reward/scorer.ts";
import { rowValues } from "../taaco/pool/index-row.ts";
import type { IndexRow } from "../taaco/pool/message.ts";
import type { Taaco } from "../taaco/taaco.ts";
import type { IndexMode } from "../taaco/types.ts";

/** Computes the composite of texts, if there is a calibration for it. */
export interface CompositeScorer {
  /** One line that names the calibration in use, or the reason why there is no composite. */
  readonly note: string;
  /** File of the calibration; null when none is used. */
  readonly calibration: string | null;
  /** Returns the composite of a text; null without a calibration. */
  score(row: IndexRow): number | null;
  /** Returns the composite of a text with its parts; null without a calibration. */
  explain(row: IndexRow): CompositeScore | null;
  /** Number of texts without a value, for each index that had none in some text. */
  readonly missing: ReadonlyMap<string, number>;
}

/** Options of {@link createCompositeScorer}. */
export interface CompositeOptions {
  readonly preset: ScorePreset;
  /** Calibration file. Default: the starter calibration of the index mode, if it fits. */
  readonly calibration?: string | undefined;
  readonly taaco: Taaco;
}

/** Calibrations of the starter set, one for each public index mode. */
const STARTER_CALIBRATIONS = {
  corrected: "calibration.json",
  faithful: "calibration-faithful.json",
} as const;

/** Returns the index mode of an analyser as calibrations name it. */
const publicMode = ({ mode }: Taaco): IndexMode => (mode === "experiment" ? "faithful" : mode);

function createScorer({ preset, taaco }: CompositeOptions, calibration: Calibration | undefined): Scorer {
  const indexMode = publicMode(taaco);
  const scoredText = calibration?.scoredText ?? "dialogue";
  return Scorer.create({ preset, indexMode, scoredText, taaco, calibration });
}

function withoutComposite(note: string): CompositeScorer {
  return { note, calibration: null, score: () => null, explain: () => null, missing: new Map() };
}

function scoreWith(scorer: Scorer, note: string, calibration: string | null): CompositeScorer {
  const missing = new Map<string, number>();
  const terms = scorer.preset.terms.map(({ index }) => index);
  const explain = (row: IndexRow): CompositeScore => scorer.scoreValues(rowValues(row, terms), row.words);
  return {
    note,
    calibration,
    missing,
    explain,
    score(row) {
      // A text of at most one word has no index either.
      if (row.words <= 1) return null;
      const score = explain(row);
      for (const index of score.missing) missing.set(index, (missing.get(index) ?? 0) + 1);
      return score.value;
    },
  };
}

/**
 * Creates the scorer of composites. When the starter calibration does not fit, texts get no composite, and the note
 * gives the reason.
 *
 * @throws DialoguePpoError ERR_CONFIG for a preset that scores turns, and when the given calibration does not fit
 */
export async function createCompositeScorer(options: CompositeOptions): Promise<CompositeScorer> {
  const { name, scope, raw } = options.preset;
  if (scope === "turn") {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `score preset ${name} scores a turn in its context; score takes taaco, original or a file of scope "text"`,
    );
  }
  if (raw) {
    const note = `composite: preset ${name}, which needs no calibration`;
    return scoreWith(createScorer(options, undefined), note, null);
  }
  const starter = path.join(starterFolder, STARTER_CALIBRATIONS[publicMode(options.taaco)]);
  const file = options.calibration ?? starter;
  if (options.calibration === undefined && !existsSync(file)) {
    return withoutComposite("no composite: no --calibration was given and the package brings none");
  }
  const calibration = readCalibration(file);
  try {
    const scorer = createScorer(options, calibration);
    const origin = options.calibration === undefined ? "the starter calibration" : `calibration ${file}`;
    return scoreWith(scorer, `composite: preset ${name} against ${origin}`, file);
  } catch (error) {
    if (options.calibration !== undefined || !(error instanceof DialoguePpoError)) throw error;
    return withoutComposite(`no composite: the starter calibration does not fit: ${error.message}`);
  }
}
