import { createHash } from "node:crypto";
import { DialoguePpoError } from "../errors.ts";
import { createPauses } from "../event-loop.ts";
import { mean } from "../mean.ts";
import type { Turn } from "../sample.ts";
import type { IndexMode, IndexValues } from "../taaco/types.ts";
import type { Analyser } from "./analyser.ts";
import {
  type Calibration,
  identifySpaces,
  type LengthBand,
  type LengthTable,
  type Moments,
  type ScoredText,
} from "./calibration.ts";
import { splitWords } from "./guards.ts";
import { type Measured, measureTurn, prepareContext } from "./measure.ts";
import type { ScorePreset } from "./preset.ts";
import { calibratedPresets } from "./presets.ts";

/** A partial dialogue with the turn that follows it in the data. */
export interface CalibrationSample {
  readonly turns: readonly Turn[];
  readonly speaker: string;
  /** The turn that follows. A sample without one (null) is ignored. */
  readonly human: string | null;
}

/** Options of {@link measureCalibration}. */
export interface MeasureCalibrationOptions {
  readonly scoredText: ScoredText;
  /** Presets whose indices are measured. Default: the package's presets that need statistics, `taaco` and `turn`. */
  readonly presets?: readonly ScorePreset[];
  /** Ends the measurement with ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of samples measured so far and of all samples. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Returns the sha256 of the samples that a calibration is measured on, in hex. */
export function corpusHash(samples: Iterable<CalibrationSample>): string {
  const hash = createHash("sha256");
  for (const { turns, speaker, human } of samples) {
    if (human === null) continue;
    hash.update(JSON.stringify([turns.map((turn) => [turn.speaker, turn.text]), speaker, human]));
    hash.update("\n");
  }
  return hash.digest("hex");
}

/** Increased whenever the same texts give other statistics than before, so that cached calibrations are not used. */
const MEASURE_VERSION = 2;

/** Returns the name of a cached calibration, 24 hex digits that depend on everything that its statistics depend on. */
export function calibrationKey(
  taaco: Analyser,
  samples: Iterable<CalibrationSample>,
  { scoredText, presets = calibratedPresets() }: Pick<MeasureCalibrationOptions, "scoredText" | "presets">,
): string {
  const names = presets.map(({ scope, terms }) => [scope, terms.map(({ index }) => index)]);
  const parts = [MEASURE_VERSION, corpusHash(samples), scoredText, names];
  const analysis = [taaco.mode, taaco.listSource, identifySpaces(taaco.spaces)];
  return createHash("sha256")
    .update(JSON.stringify([parts, analysis]))
    .digest("hex")
    .slice(0, 24);
}

const MAX_BANDS = 8;
const MIN_TEXTS_PER_BAND = 50;

/** Rounds to the digits that a file stores, so that a calibration is the same before and after it is written. */
const roundForFile = (value: number): number => Number(value.toPrecision(9));

function computeMoments(measured: readonly Measured[], names: readonly string[]): Record<string, Moments> {
  const moments: Record<string, Moments> = {};
  for (const name of names) {
    const values = measured.flatMap(({ values: { [name]: value } }) =>
      typeof value === "number" ? [value] : [],
    );
    if (values.length === 0) continue;
    const center = mean(values);
    const variance = mean(values.map((value) => (value - center) ** 2));
    moments[name] = {
      mean: roundForFile(center),
      sd: roundForFile(Math.sqrt(variance)),
      count: values.length,
    };
  }
  return moments;
}

/** Splits texts, shortest first, into bands of about equal size; texts of the same length stay together. */
function splitIntoBands(measured: readonly Measured[]): Measured[][] {
  const sorted = measured.toSorted((a, b) => a.words - b.words);
  const count = Math.min(MAX_BANDS, Math.max(1, Math.floor(sorted.length / MIN_TEXTS_PER_BAND)));
  const size = sorted.length / count;
  const bands: Measured[][] = [[]];
  for (const text of sorted) {
    const band = bands.at(-1) as Measured[];
    if (band.length >= size && band.at(-1)?.words !== text.words) bands.push([text]);
    else band.push(text);
  }
  const last = bands.at(-1) as Measured[];
  if (bands.length > 1 && last.length < size / 2)
    bands.splice(-2, 2, [...(bands.at(-2) as Measured[]), ...last]);
  return bands;
}

function computeBand(measured: readonly Measured[], names: readonly string[]): LengthBand {
  const logarithms = measured.map(({ words }) => Math.log(words));
  const geometricMean = Math.exp(mean(logarithms));
  return {
    from: measured[0]?.words ?? 0,
    to: measured.at(-1)?.words ?? 0,
    words: roundForFile(geometricMean),
    texts: measured.length,
    indices: computeMoments(measured, names),
  };
}

/** Computes the statistics of measured texts, over all of them and in bands of length. */
export function buildLengthTable(measured: readonly Measured[], names: readonly string[]): LengthTable {
  return {
    texts: measured.length,
    all: computeMoments(measured, names),
    bands: measured.length === 0 ? [] : splitIntoBands(measured).map((band) => computeBand(band, names)),
  };
}

const SAMPLES_PER_REPORT = 32;

/**
 * Measures the indices of the presets on the context and the human turn of every sample. Human turns of fewer than two
 * words are left out of the statistics of turns, because scoring never measures such turns.
 *
 * @throws DialoguePpoError ERR_DATA when no sample has a human turn, ERR_ABORTED
 */
export async function measureCalibration(
  taaco: Analyser,
  samples: Iterable<CalibrationSample>,
  options: MeasureCalibrationOptions,
): Promise<Calibration> {
  const { scoredText, signal, onProgress } = options;
  const presets = (options.presets ?? calibratedPresets()).filter(({ raw }) => !raw);
  let total = 0;
  for (const { human } of samples) if (human !== null) total += 1;
  if (total === 0) {
    throw new DialoguePpoError(
      "ERR_DATA",
      "no dialogue has a turn to calibrate on; it must have at least two turns",
    );
  }
  const measured: Record<ScorePreset["scope"], Measured[]> = { text: [], turn: [] };
  const names = { text: indexNames(presets, "text"), turn: indexNames(presets, "turn") };
  let done = 0;
  const pause = createPauses(signal);
  for (const sample of samples) {
    if (sample.human === null) continue;
    if (done % SAMPLES_PER_REPORT === 0) {
      onProgress?.(done, total);
    }
    await taaco.analyseAhead(sample, pause);
    for (const [scope, values] of measureSample(taaco, sample, presets, scoredText)) {
      // The values of other indices, several times as many, are not kept.
      measured[scope].push({ words: values.words, values: selectNames(values.values, names[scope]) });
    }
    done += 1;
  }
  onProgress?.(total, total);
  return {
    format: "dialogue-ppo calibration",
    version: 1,
    corpus: { hash: corpusHash(samples), dialogues: total },
    indexMode: taaco.mode as IndexMode,
    scoredText,
    lists: taaco.listSource,
    spaces: identifySpaces(taaco.spaces),
    text: buildLengthTable(measured.text, names.text),
    turn: buildLengthTable(measured.turn, names.turn),
  };
}

/** Returns the names of the indices of the presets of a scope. */
function indexNames(presets: readonly ScorePreset[], scope: ScorePreset["scope"]): string[] {
  const inScope = presets.filter((preset) => preset.scope === scope);
  return [...new Set(inScope.flatMap(({ terms }) => terms.map(({ index }) => index)))];
}

const selectNames = (values: IndexValues, names: readonly string[]): IndexValues =>
  Object.fromEntries(names.map((name) => [name, values[name] ?? null]));

/** Measures the context with the human turn, and the human turn, as far as presets need it and it is long enough. */
function* measureSample(
  taaco: Analyser,
  sample: CalibrationSample,
  presets: readonly ScorePreset[],
  scoredText: ScoredText,
): Generator<[ScorePreset["scope"], Measured]> {
  const human = sample.human ?? "";
  const context = prepareContext(taaco, sample, false);
  const short = splitWords(human).length < 2;
  for (const scope of ["text", "turn"] as const) {
    const wanted = presets.filter((preset) => preset.scope === scope);
    if (wanted.length === 0 || (short && (scope === "turn" || scoredText === "continuation"))) continue;
    const values: IndexValues = {};
    let words = 0;
    for (const preset of wanted) {
      const turn = measureTurn(taaco, context, human, preset, scoredText);
      Object.assign(values, turn.values);
      words = turn.words;
    }
    yield [scope, { values, words }];
  }
}
