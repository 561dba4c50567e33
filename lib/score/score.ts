import { availableParallelism } from "node:os";
import { checkOutput } from "../atomic.ts";
import type { CallOptions } from "../call.ts";
import { readTextDocument } from "../data/text-stream.ts";
import { DialoguePpoError } from "../errors.ts";
import { createPauses } from "../event-loop.ts";
import { formatCount, shellWord } from "../format.ts";
import { type Logger, silentLogger } from "../log.ts";
import { splitOptions } from "../options/check.ts";
import type { OptionInput, OptionValues } from "../options/option.ts";
import { SCORE_OPTIONS } from "../options/tables/score.ts";
import type { ScorePreset } from "../reward/preset.ts";
import { resolvePreset } from "../reward/presets.ts";
import type { ListOptions } from "../taaco/lists/word-lists.ts";
import { rowNames } from "../taaco/pool/index-row.ts";
import { Taaco } from "../taaco/taaco.ts";
import type { TaacoInput } from "../taaco/types.ts";
import { createCompositeScorer } from "./composite.ts";
import { expandFiles } from "./files.ts";
import { indexRows } from "./rows.ts";
import { fileSink, outputFormat, type ScoredText, type TextScore, toTextScore } from "./sink.ts";
import { loadScoringSpaces } from "./spaces.ts";
import { checkTexts, readTexts, type TextSource } from "./texts.ts";

/** The options of `score` and its text files. */
export type ScoreRequest = OptionValues<typeof SCORE_OPTIONS> & Pick<TextSource, "files">;

/** Options of {@link score}. */
export type ScoreInput = Omit<OptionInput<typeof SCORE_OPTIONS>, "explain"> & {
  /** Text files, one text each. A folder stands for its .txt files. */
  readonly files?: readonly string[];
};

/** Number of scored texts, and the files with which they were scored. */
export interface ScoreResult {
  /** Number of texts. */
  readonly texts: number;
  /** File of the rows; null without one. */
  readonly output: string | null;
  /** File of the calibration; null without one. */
  readonly calibration: string | null;
  /** Index mode: `corrected`, `faithful` or `experiment`. */
  readonly mode: string;
  /** Folder of the semantic spaces. */
  readonly spaces: string;
  /** Origin of the word lists: `own` or `official`. */
  readonly lists: string;
}

/** Analyser, texts and preset of scoring. */
export interface ScoreSetup {
  readonly taaco: Taaco;
  /** Word lists of `taaco`. */
  readonly lists: ListOptions;
  readonly texts: TextSource;
  readonly source: TaacoInput | undefined;
  readonly used: Pick<ScoreResult, "mode" | "spaces" | "lists">;
  /** Names the semantic spaces in use. */
  readonly spacesNote: string;
  readonly preset: ScorePreset;
}

/** More workers than this bring no gain. */
const MAX_WORKERS = 8;

function checkRequest({ files, data, output }: ScoreRequest, log?: Logger): void {
  if (files.length === 0 && data === undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      "nothing to score: name text files or a folder of them, or a CSV or JSON Lines file with --data",
    );
  }
  const table = files.find((file) => /\.(csv|tsv|jsonl|ndjson|json)$/i.test(file));
  if (table !== undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${table} would be scored as one text; for a text a row: --data ${shellWord(table)}`,
    );
  }
  if (output === undefined) return;
  outputFormat(output);
  checkOutput(output, "file", log);
}

/**
 * Checks a request and loads what it needs: preset, spaces, word lists, source text.
 *
 * @param check further checks, which are made before anything is read
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA
 */
export async function prepareScore(
  request: ScoreRequest,
  check: () => void = () => {},
  log?: Logger,
): Promise<ScoreSetup> {
  const preset = resolvePreset(request.scorePreset);
  checkRequest(request, log);
  check();
  const { files, data, textColumn, taacoLists, frequencies, indexMode } = request;
  const texts = { files: await expandFiles(files), data, textColumn, keepLabels: preset.experiment };
  await checkTexts(texts);
  const lists = {
    ...(taacoLists !== undefined && { officialDirectory: taacoLists }),
    ...(frequencies !== undefined && { frequencyFile: frequencies }),
  };
  const mode = preset.experiment ? "experiment" : indexMode;
  const { spaces, folder, note } = await loadScoringSpaces({ ...request, faithful: mode !== "corrected" });
  const taaco = await Taaco.create({ mode, spaces, lists });
  const source = request.source === undefined ? undefined : await readTextDocument(request.source);
  const used = { mode, spaces: folder, lists: taaco.listSource };
  return { taaco, lists, texts, source, used, spacesNote: note, preset };
}

/**
 * Scores the texts of a request, in order.
 *
 * @returns the number of texts and the files in use, after the last text; an `output` of the request is not written
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA, ERR_ABORTED
 */
export async function* scoreRows(
  request: ScoreRequest,
  setup: ScoreSetup,
  { signal, log = silentLogger }: CallOptions = {},
): AsyncGenerator<ScoredText, ScoreResult> {
  const { taaco, lists, texts, source, preset, used } = setup;
  const { calibration } = request;
  log.info(setup.spacesNote);
  const composites = await createCompositeScorer({ preset, calibration, taaco });
  log.info(composites.note);
  if (source !== undefined && !taaco.lists.frequencies) {
    log.info("no reference frequencies: the keyword indices stay empty; give --frequencies or --taaco-lists");
  }
  const workers = request.workers ?? Math.min(MAX_WORKERS, availableParallelism());
  let count = 0;
  const pause = createPauses(signal);
  for await (const { id, row } of indexRows(readTexts(texts), { taaco, lists, source, workers, signal })) {
    await pause();
    yield { id, values: row.values, composite: composites.score(row) };
    count += 1;
  }
  for (const [index, lacking] of composites.missing) {
    const share = `${lacking.toLocaleString("en-US")} of ${formatCount(count, "text")}`;
    log.info(`${index} had no value in ${share} and left their composite`);
  }
  return { texts: count, output: null, calibration: composites.calibration, ...used };
}

/**
 * Computes TAACO's indices and the composite of texts: text files, rows of a CSV file or lines of a JSONL file. With
 * `output`, the rows are also written to that file, which appears when it is complete.
 *
 * @returns the number of texts and the files in use, after the last text
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA naming file and line, ERR_ABORTED
 * @example
 * for await (const { id, indices, composite } of score({ data: "dialogues.csv" })) {
 *   console.log(id, indices.lemma_ttr, composite);
 * }
 */
export async function* score(
  { files = [], ...input }: ScoreInput,
  call: CallOptions = {},
): AsyncGenerator<TextScore, ScoreResult> {
  const request = { ...splitOptions(SCORE_OPTIONS, input).own, files };
  const setup = await prepareScore(request, undefined, call.log);
  const { output } = request;
  const names = rowNames(setup.source !== undefined);
  const sink = output === undefined ? undefined : fileSink(output, names);
  const rows = scoreRows(request, setup, call);
  let complete = false;
  try {
    for (;;) {
      const next = await rows.next();
      if (next.done) {
        await sink?.finish();
        complete = true;
        return { ...next.value, output: output ?? null };
      }
      await sink?.write(next.value);
      yield toTextScore(names, next.value);
    }
  } finally {
    // Reached also when the caller leaves its loop early: the worker threads end and no partial file stays.
    if (!complete) {
      await rows.return(undefined as never);
      await sink?.discard();
    }
  }
}
