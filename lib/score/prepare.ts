import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { checkOutput } from "../files/check-output.ts";
import { isDataFileName } from "../files/file-kind.ts";
import { refuseInputAsOutput } from "../files/output-place.ts";
import { shellPath } from "../format.ts";
import { type Logger, silentLogger } from "../log.ts";
import type { OptionValues } from "../options/option.ts";
import type { SCORE_OPTIONS } from "../options/tables/score.ts";
import type { ScorePreset } from "../reward/preset.ts";
import { resolvePreset } from "../reward/presets.ts";
import { SOURCE_FAMILY } from "../taaco/catalogue.ts";
import type { ListOptions } from "../taaco/lists/word-lists.ts";
import { Taaco } from "../taaco/taaco.ts";
import { COUNT_NAMES } from "../taaco/text/text-counts.ts";
import { indexNames, parseFamilies } from "./families.ts";
import { expandFiles } from "./files.ts";
import { outputFormat, type RowColumns } from "./sink.ts";
import { loadScoringSpaces, type ScoringSpaces } from "./spaces.ts";
import { taggedFormat } from "./tagged.ts";
import { openRowData, readTextInput, type TextSource } from "./texts.ts";

/** The options of `score` and its text files. */
export type ScoreRequest = OptionValues<typeof SCORE_OPTIONS> & { readonly files: readonly string[] };

/** Index mode, spaces and word lists that a call uses. */
export interface UsedResources {
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
  readonly columns: RowColumns;
  readonly used: UsedResources;
  readonly spaces: ScoringSpaces;
  readonly preset: ScorePreset;
}

function checkOutputs({ output, tagged, data, source, files }: ScoreRequest, log: Logger): void {
  const inputs = [data, source, ...files];
  if (output !== undefined) {
    outputFormat(output);
    refuseInputAsOutput(output, inputs);
    checkOutput(output, "file", log);
  }
  if (tagged === undefined) return;
  taggedFormat(tagged);
  if (output !== undefined && path.resolve(output) === path.resolve(tagged)) {
    throw new DialoguePpoError("ERR_CONFIG", `--output and --tagged name the same file: ${tagged}`);
  }
  refuseInputAsOutput(tagged, inputs);
  checkOutput(tagged, "file", log);
}

function checkRequest({ files, data, source, sourceColumn }: ScoreRequest): void {
  if (files.length === 0 && data === undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      "nothing to score: name text files or a folder of them, or a CSV or JSON Lines file with --data",
    );
  }
  if (source !== undefined && sourceColumn !== undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      "--source names one source text, and --source-column one per row; expected one of them",
    );
  }
  if (sourceColumn !== undefined && data === undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      "--source-column names a column of the file of --data, which is missing",
    );
  }
  const table = files.find(isDataFileName);
  if (table !== undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${table} would be scored as one text; for one text per row: --data ${shellPath(table)}`,
    );
  }
}

/** Opens the texts of a request; their source texts only if the families need them. */
async function openTexts(
  request: ScoreRequest,
  keepLabels: boolean,
  withSources: boolean,
  log: Logger,
): Promise<TextSource> {
  const { data, textColumn, sourceColumn, source, paragraphs } = request;
  const reading = { keepLabels, paragraphs, warn: (message: string) => log.warn(message) };
  const files = await expandFiles(request.files);
  const rows =
    data === undefined ? undefined : await openRowData(data, textColumn, sourceColumn, reading.warn);
  const common = source === undefined ? undefined : await readTextInput(source, reading);
  if (rows?.sourceColumn !== undefined && sourceColumn === undefined && withSources) {
    const use =
      common === undefined ? "holds the source text of each row" : "is not used, because of --source";
    log.info(`${data}: the column "${rows.sourceColumn}" ${use}`);
  }
  if (rows?.hasIds === false) {
    log.info(
      `${data}: its first row has no id, in Filename or id; rows without one are named by their number, from 1`,
    );
  }
  const used = rows && {
    ...rows,
    sourceColumn: withSources && common === undefined ? rows.sourceColumn : undefined,
  };
  return { ...reading, files, data: used, source: withSources ? common : undefined };
}

/** Returns whether some text can have a source text. */
export const hasSources = ({ source, data }: TextSource): boolean =>
  source !== undefined || data?.sourceColumn !== undefined;

/**
 * Checks a request and loads what it needs: preset, spaces, word lists, source text.
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA
 */
export async function prepareScore(request: ScoreRequest, log: Logger = silentLogger): Promise<ScoreSetup> {
  const preset = resolvePreset(request.scorePreset);
  const families = parseFamilies(request.families);
  checkRequest(request);
  checkOutputs(request, log);
  const { taacoLists, frequencies, indexMode } = request;
  const withSources = families === undefined || families.has(SOURCE_FAMILY);
  if (!withSources && (request.source ?? request.sourceColumn) !== undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      "a source text is compared only by the family source; add it to --families",
    );
  }
  const texts = await openTexts(request, preset.experiment, withSources, log);
  const indices = indexNames(families, hasSources(texts));
  const lists = { officialDirectory: taacoLists, frequencyFile: frequencies };
  const mode = preset.experiment ? "experiment" : indexMode;
  const spaces = await loadScoringSpaces({ ...request, faithful: mode !== "corrected" });
  const taaco = await Taaco.create({ mode, spaces: spaces.spaces, lists });
  const used = { mode, spaces: spaces.folder, lists: taaco.listSource };
  const columns = { indices, counts: request.counts ? COUNT_NAMES : [] };
  return { taaco, lists, texts, columns, used, spaces, preset };
}
