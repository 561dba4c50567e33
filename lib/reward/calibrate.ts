import { createHash } from "node:crypto";
import { DialoguePpoError } from "../errors.ts";
import { yieldToEventLoop } from "../event-loop.ts";
import type { Turn } from "../sample.ts";
import type { IndexMode, IndexValues } from "../taaco/types.ts";
import type { Analyser } from "./analyser.ts";
import {
  type Calibration,
  type LengthBand,
  type LengthTable,
  type Moments,
  type ScoredText,
  spaceIdentities,
} from "./calibration.ts";
import { wordsOf } from "./guards.ts";
import { type Measured, measureTurn, prepareContext } from "./measure.ts";
import type { ScorePreset } from "./preset.ts";
import { presetOf } from "./presets.ts";

/** A partial dialogue with the turn that followed. */
export interface CalibrationSample {
  readonly turns: readonly Turn[];
  readonly speaker: string;
  /** Null when it is unknown; such a sample is passed over. */
  readonly human: string | null;
}

export interface MeasureCalibrationOptions {
  readonly scoredText: ScoredText;
  /** Presets whose indices are measured; default those of the package that need statistics: `taaco` and `turn`. */
  readonly presets?: readonly ScorePreset[];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

const standard = (): ScorePreset[] => [presetOf("taaco"), presetOf("turn")];

/** sha256 of the samples that a calibration is measured on, in hex. */
export function corpusHash(samples: readonly CalibrationSample[]): string {
  const hash = createHash("sha256");
  for (const { turns, speaker, human } of samples) {
    if (human === null) continue;
    hash.update(JSON.stringify([turns.map((turn) => [turn.speaker, turn.text]), speaker, human]));
    hash.update("\n");
  }
  return hash.digest("hex");
}

/** Raised whenever the same texts give other statistics than before, so that cached ones are left behind. */
const MEASURE_VERSION = 1;

/** What a calibration depends on, as the name of a cached one: 24 hex digits. */
export function calibrationKey(
  taaco: Analyser,
  samples: readonly CalibrationSample[],
  { scoredText, presets = standard() }: Pick<MeasureCalibrationOptions, "scoredText" | "presets">,
): string {
  const names = presets.map(({ scope, terms }) => [scope, terms.map(({ index }) => index)]);
  const parts = [MEASURE_VERSION, corpusHash(samples), scoredText, names];
  const from = [taaco.mode, taaco.listSource, spaceIdentities(taaco.spaces)];
  return createHash("sha256")
    .update(JSON.stringify([parts, from]))
    .digest("hex")
    .slice(0, 24);
}

const MOST_BANDS = 8;
const TEXTS_PER_BAND = 50;

/** As many digits as a file needs, so that a calibration is the same before and after it was written. */
const rounded = (value: number): number => Number(value.toPrecision(9));

function momentsOf(measured: readonly Measured[], names: readonly string[]): Record<string, Moments> {
  const moments: Record<string, Moments> = {};
  for (const name of names) {
    const values = measured.flatMap(({ values: { [name]: value } }) =>
      typeof value === "number" ? [value] : [],
    );
    if (values.length === 0) continue;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    moments[name] = { mean: rounded(mean), sd: rounded(Math.sqrt(variance)), count: values.length };
  }
  return moments;
}

/** Parts texts, shortest first, into bands of about as many texts; texts of one length are never parted. */
function banded(measured: readonly Measured[]): Measured[][] {
  const sorted = measured.toSorted((a, b) => a.words - b.words);
  const count = Math.min(MOST_BANDS, Math.max(1, Math.floor(sorted.length / TEXTS_PER_BAND)));
  const size = sorted.length / count;
  const bands: Measured[][] = [[]];
  for (const one of sorted) {
    const band = bands.at(-1) as Measured[];
    if (band.length >= size && band.at(-1)?.words !== one.words) bands.push([one]);
    else band.push(one);
  }
  const rest = bands.at(-1) as Measured[];
  if (bands.length > 1 && rest.length < size / 2)
    bands.splice(-2, 2, [...(bands.at(-2) as Measured[]), ...rest]);
  return bands;
}

function bandOf(measured: readonly Measured[], names: readonly string[]): LengthBand {
  const logarithms = measured.map(({ words }) => Math.log(words));
  const middle = Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / measured.length);
  return {
    from: measured[0]?.words ?? 0,
    to: measured.at(-1)?.words ?? 0,
    words: rounded(middle),
    texts: measured.length,
    indices: momentsOf(measured, names),
  };
}

/** Statistics of measured texts, as a whole and by length. */
export function lengthTable(measured: readonly Measured[], names: readonly string[]): LengthTable {
  return {
    texts: measured.length,
    all: momentsOf(measured, names),
    bands: measured.length === 0 ? [] : banded(measured).map((band) => bandOf(band, names)),
  };
}

const BETWEEN_PAUSES = 32;

/**
 * Measures the indices of the presets on context and human turn of every sample. Turns of fewer than two words say
 * nothing about turns, since they are never measured when scoring either.
 * @throws DialoguePpoError ERR_DATA without a sample that has a human turn, ERR_ABORTED
 */
export async function measureCalibration(
  taaco: Analyser,
  samples: readonly CalibrationSample[],
  options: MeasureCalibrationOptions,
): Promise<Calibration> {
  const { scoredText, signal, onProgress } = options;
  const presets = (options.presets ?? standard()).filter(({ raw }) => !raw);
  const usable = samples.filter((sample) => sample.human !== null);
  if (usable.length === 0) {
    throw new DialoguePpoError(
      "ERR_DATA",
      "no dialogue has a turn to calibrate on; it must have at least two turns",
    );
  }
  const measured: Record<ScorePreset["scope"], Measured[]> = { text: [], turn: [] };
  for (const [done, sample] of usable.entries()) {
    if (done % BETWEEN_PAUSES === 0) {
      onProgress?.(done, usable.length);
      await yieldToEventLoop(signal);
    }
    measureSample(taaco, sample, presets, scoredText, measured);
  }
  onProgress?.(usable.length, usable.length);
  const namesOf = (scope: ScorePreset["scope"]): string[] => [
    ...new Set(
      presets
        .filter((preset) => preset.scope === scope)
        .flatMap((preset) => preset.terms.map((t) => t.index)),
    ),
  ];
  return {
    format: "dialogue-ppo calibration",
    version: 1,
    corpus: { hash: corpusHash(usable), dialogues: usable.length },
    indexMode: taaco.mode as IndexMode,
    scoredText,
    lists: taaco.listSource,
    spaces: spaceIdentities(taaco.spaces),
    text: lengthTable(measured.text, namesOf("text")),
    turn: lengthTable(measured.turn, namesOf("turn")),
  };
}

function measureSample(
  taaco: Analyser,
  sample: CalibrationSample,
  presets: readonly ScorePreset[],
  scoredText: ScoredText,
  measured: Record<ScorePreset["scope"], Measured[]>,
): void {
  const human = sample.human ?? "";
  const context = prepareContext(taaco, sample, false);
  const short = wordsOf(human).length < 2;
  for (const scope of ["text", "turn"] as const) {
    const wanted = presets.filter((preset) => preset.scope === scope);
    if (wanted.length === 0 || (short && (scope === "turn" || scoredText === "continuation"))) continue;
    const values: IndexValues = {};
    let words = 0;
    for (const preset of wanted) {
      const one = measureTurn(taaco, context, human, preset, scoredText);
      Object.assign(values, one.values);
      words = one.words;
    }
    measured[scope].push({ values, words });
  }
}
