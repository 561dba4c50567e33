import { availableParallelism } from "node:os";
import { DialoguePpoError } from "../../errors.ts";
import { yieldToEventLoop } from "../../event-loop.ts";
import { formatCount } from "../../format.ts";
import type { OptionValues } from "../../options/option.ts";
import type { SCORE_OPTIONS } from "../../options/tables/score.ts";
import type { ScorePreset } from "../../reward/preset.ts";
import { presetOf } from "../../reward/presets.ts";
import { rowNames } from "../../taaco/rows.ts";
import { Taaco } from "../../taaco/taaco.ts";
import type { TaacoInput } from "../../taaco/types.ts";
import { emit, say, thousands } from "../output.ts";
import { ProgressBar } from "../progress.ts";
import { type Composer, createComposer } from "./composite.ts";
import { checkExplainable, explanationText } from "./explain.ts";
import { indexRows, type ScoredRow } from "./rows.ts";
import { fileSink, formatOf, type ScoreSink, stdoutSink } from "./sink.ts";
import { loadScoringSpaces } from "./spaces.ts";
import { terminalSink } from "./terminal.ts";
import { checkTexts, readText, readTexts, type TextSource } from "./texts.ts";

/** The options of `score`, its text files and the form of its output. */
export type ScoreRequest = OptionValues<typeof SCORE_OPTIONS> &
  Pick<TextSource, "files"> & { readonly json: boolean };

function listOptions({ taacoLists, frequencies }: ScoreRequest) {
  return {
    ...(taacoLists !== undefined && { officialDirectory: taacoLists }),
    ...(frequencies !== undefined && { frequencyFile: frequencies }),
  };
}

/** Rows come in batches; a rate from row to row would say nothing. */
const EVERY = 64;

/** Texts between two looks at whether to stop: analysis itself is synchronous. */
const BETWEEN_PAUSES = 8;

/** Threads by default: as many as the machine has, within reason. */
const MOST_WORKERS = 8;

async function check(request: ScoreRequest, preset: ScorePreset, texts: TextSource): Promise<void> {
  const { files, data, output, explain, source } = request;
  if (files.length === 0 && data === undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      "nothing to score: name text files, or a CSV or JSONL file with --data",
    );
  }
  const table = files.find((file) => /\.(csv|tsv|jsonl)$/i.test(file));
  if (table !== undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${table} would be scored as one text; for a text a row: --data ${table}`,
    );
  }
  if (output !== undefined) formatOf(output);
  if (explain !== undefined) {
    checkExplainable(explain, preset, source !== undefined);
    if (output !== undefined) {
      throw new DialoguePpoError("ERR_CONFIG", "--explain writes to standard output; leave --output out");
    }
  }
  await checkTexts(texts);
}

/** Where the rows go: a file, objects a line, a table for a person, CSV for whatever reads the pipe. */
function sinkFor({ output, json }: ScoreRequest, names: readonly string[]): ScoreSink {
  if (output !== undefined) return fileSink(output, names);
  return process.stdout.isTTY && !json ? terminalSink(names) : stdoutSink(names, json);
}

async function explainAll(
  request: ScoreRequest,
  taaco: Taaco,
  texts: TextSource,
  source?: TaacoInput,
): Promise<number> {
  let count = 0;
  for await (const { id, input } of readTexts(texts)) {
    const explanation = taaco.explain(
      input,
      request.explain as string,
      source === undefined ? {} : { source },
    );
    if (request.json) emit({ type: "explanation", id, ...explanation });
    else process.stdout.write(explanationText(id, explanation));
    count += 1;
  }
  return count;
}

/** Rows to a sink, with a bar; what was begun is taken back when it cannot be ended. */
async function writeRows(
  rows: AsyncIterable<ScoredRow>,
  sink: ScoreSink,
  composer: Composer,
  signal: AbortSignal,
): Promise<number> {
  const bar = new ProgressBar({ description: "scoring", unit: "text" });
  let count = 0;
  try {
    for await (const { id, row } of rows) {
      if (count % BETWEEN_PAUSES === 0) await yieldToEventLoop(signal);
      await sink.write({ id, values: row.values, composite: composer.of(row) });
      count += 1;
      if (count % EVERY === 0) bar.update(count);
    }
    bar.update(count);
    bar.finish();
    await sink.finish();
    return count;
  } catch (error) {
    await sink.discard();
    throw error;
  } finally {
    bar.finish();
  }
}

/** Scores what a request names and says what was used. */
export async function score(request: ScoreRequest, signal: AbortSignal): Promise<void> {
  const { calibration, json, output = null } = request;
  const preset = presetOf(request.scorePreset);
  const texts = { ...request, keepLabels: preset.experiment };
  await check(request, preset, texts);
  const lists = listOptions(request);
  const mode = preset.experiment ? "experiment" : request.indexMode;
  const { spaces, folder, note } = await loadScoringSpaces({ ...request, faithful: mode !== "corrected" });
  const taaco = await Taaco.create({ mode, spaces, lists });
  const source = request.source === undefined ? undefined : await readText(request.source);
  const used = { mode, spaces: folder, lists: taaco.listSource };
  if (request.explain !== undefined) {
    const count = await explainAll(request, taaco, texts, source);
    if (json) emit({ type: "result", texts: count, output: null, ...used });
    return;
  }
  say(note);
  const composer = await createComposer({ preset, calibration, taaco });
  say(composer.note);
  if (source !== undefined && !taaco.lists.frequencies) {
    say("no reference frequencies: the keyword indices stay empty; give --frequencies or --taaco-lists");
  }
  const sink = sinkFor(request, rowNames(source !== undefined));
  const workers = request.workers ?? Math.min(MOST_WORKERS, availableParallelism());
  const rows = indexRows(readTexts(texts), { taaco, lists, source, workers });
  const count = await writeRows(rows, sink, composer, signal);
  for (const [index, lacking] of composer.missing) {
    say(
      `${index} had no value in ${thousands(lacking)} of ${formatCount(count, "text")} and left their composite`,
    );
  }
  if (json) emit({ type: "result", texts: count, output, calibration: composer.calibration, ...used });
}
