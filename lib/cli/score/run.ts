import { availableParallelism } from "node:os";
import { DialoguePpoError } from "../../errors.ts";
import type { PresetName } from "../../reward/presets.ts";
import { rowNames } from "../../taaco/rows.ts";
import { Taaco, type TaacoInput } from "../../taaco/taaco.ts";
import type { IndexMode } from "../../taaco/types.ts";
import { emit, say, thousands } from "../output.ts";
import { ProgressBar } from "../progress.ts";
import { createComposer } from "./composite.ts";
import { explanationText } from "./explain.ts";
import { indexRows } from "./rows.ts";
import { fileSink, formatOf, stdoutSink } from "./sink.ts";
import { loadScoringSpaces } from "./spaces.ts";
import { readText, readTexts, type TextSource } from "./texts.ts";

export interface ScoreRequest extends Omit<TextSource, "keepLabels"> {
  readonly source?: string | undefined;
  readonly output?: string | undefined;
  readonly spaces?: string | undefined;
  readonly calibration?: string | undefined;
  readonly preset: PresetName;
  readonly indexMode: IndexMode;
  readonly taacoLists?: string | undefined;
  readonly frequencies?: string | undefined;
  readonly workers?: number | undefined;
  readonly explain?: string | undefined;
  readonly json: boolean;
}

function listOptions({ taacoLists, frequencies }: ScoreRequest) {
  return {
    ...(taacoLists !== undefined && { officialDirectory: taacoLists }),
    ...(frequencies !== undefined && { frequencyFile: frequencies }),
  };
}

/** Rows come in batches; a rate from row to row would say nothing. */
const EVERY = 64;

/** Threads by default: as many as the machine has, within reason. */
const MOST_WORKERS = 8;

function check(request: ScoreRequest): void {
  if (request.files.length === 0 && request.data === undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      "nothing to score: name text files, or a CSV or JSONL file with --data",
    );
  }
  if (request.output !== undefined) formatOf(request.output);
  if (request.explain !== undefined && request.output !== undefined) {
    throw new DialoguePpoError("ERR_CONFIG", "--explain writes to standard output; leave --output out");
  }
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

/** Scores what a request names and says what was used. */
export async function score(request: ScoreRequest): Promise<void> {
  check(request);
  const lists = listOptions(request);
  const mode = request.preset === "original" ? "experiment" : request.indexMode;
  const faithful = mode !== "corrected";
  const { spaces, folder, note } = await loadScoringSpaces({ ...request, faithful });
  const taaco = await Taaco.create({ mode, spaces, lists });
  const source = request.source === undefined ? undefined : await readText(request.source);
  const texts = { ...request, keepLabels: request.preset === "original" };
  const used = { mode, spaces: folder, lists: taaco.listSource };
  if (request.explain !== undefined) {
    const count = await explainAll(request, taaco, texts, source);
    if (request.json) emit({ type: "result", texts: count, output: null, ...used });
    return;
  }
  say(note);
  const composer = await createComposer({ preset: request.preset, calibration: request.calibration, taaco });
  say(composer.note);
  if (source !== undefined && !taaco.lists.frequencies) {
    say("no reference frequencies: the keyword indices stay empty; give --frequencies or --taaco-lists");
  }
  const names = rowNames(source !== undefined);
  const sink =
    request.output === undefined ? stdoutSink(names, request.json) : fileSink(request.output, names);
  const bar = new ProgressBar({ description: "scoring", unit: "text" });
  let count = 0;
  try {
    const workers = request.workers ?? Math.min(MOST_WORKERS, availableParallelism());
    for await (const { id, row } of indexRows(readTexts(texts), { taaco, lists, source, workers })) {
      await sink.write({ id, values: row.values, composite: composer.of(row) });
      count += 1;
      if (count % EVERY === 0) bar.update(count);
    }
    bar.update(count);
    await sink.finish();
  } catch (error) {
    await sink.discard();
    throw error;
  } finally {
    bar.finish();
  }
  for (const [index, lacking] of composer.missing) {
    say(
      `${index} had no value in ${thousands(lacking)} of ${thousands(count)} texts and left their composite`,
    );
  }
  const output = request.output ?? null;
  if (request.json)
    emit({ type: "result", texts: count, output, calibration: composer.calibration, ...used });
}
