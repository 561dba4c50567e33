import { availableParallelism } from "node:os";
import { type CallOptions, checkCall } from "../call.ts";
import { stepsWithCallbacks } from "../callbacks.ts";
import { Residue } from "../data/residue.ts";
import { createPauses } from "../event-loop.ts";
import { formatCount, formatInteger } from "../format.ts";
import { type Logger, silentLogger } from "../log.ts";
import { completeOptions } from "../options/check.ts";
import type { OptionInput } from "../options/option.ts";
import { SCORE_OPTIONS } from "../options/tables/score.ts";
import { requiredSpaceKind } from "../taaco/catalogue.ts";
import { LANGUAGE_INDEX, languageWarning } from "../taaco/language.ts";
import { valueSelector } from "../taaco/pool/index-row.ts";
import type { IndexRow } from "../taaco/pool/message.ts";
import { type CompositeScorer, createCompositeScorer } from "./composite.ts";
import { Failures, nameTexts } from "./failures.ts";
import { LabelsAsWords } from "./labels.ts";
import {
  hasSources,
  prepareScore,
  type ScoreRequest,
  type ScoreSetup,
  type UsedResources,
} from "./prepare.ts";
import { indexRows } from "./rows.ts";
import {
  fileSink,
  joinSinks,
  type RowColumns,
  type ScoredText,
  type ScoreSink,
  type TextScore,
  taggedSink,
  toTextScore,
} from "./sink.ts";
import { type FailedText, inspected, readTexts, textsOf } from "./texts.ts";

/** Options of {@link score}. */
export type ScoreInput = Omit<OptionInput<typeof SCORE_OPTIONS>, "explain"> & {
  /**
   * Text files, one text each. A folder stands for the .txt files in it and its subfolders; names can have *, ? and **.
   */
  readonly files?: readonly string[];
};

/** Number of scored texts, and the files with which they were scored. */
export interface ScoreResult extends UsedResources {
  /** Number of texts. */
  readonly texts: number;
  /** Text files that could not be read and have no row. */
  readonly failed: readonly FailedText[];
  /** File of the rows; null without one. */
  readonly output: string | null;
  /** File of the calibration; null without one. */
  readonly calibration: string | null;
}

/** More workers than this bring no gain. */
const MAX_WORKERS = 8;

/** Returns whether an index needs a semantic space. */
export const needsSpace = (index: string): boolean => requiredSpaceKind(index) !== undefined;

/** Names what users should know about the resources of a call. */
function logResources({ columns, spaces, taaco, texts }: ScoreSetup, log: Logger): void {
  log.info(spaces.note);
  if (spaces.warning !== undefined && columns.indices.some(needsSpace)) log.warn(spaces.warning);
  if (hasSources(texts) && !taaco.lists.frequencies) {
    log.info("no reference frequencies: the keyword indices stay empty; give --frequencies or --taaco-lists");
  }
}

const densityOf = valueSelector([LANGUAGE_INDEX]);

/** Counts the texts of a call and keeps the ids of those without values. */
class TextCount {
  texts = 0;
  readonly #short: string[] = [];
  /** Words of the texts whose share of content words is known, and the content words among them. */
  #words = 0;
  #contentWords = 0;

  add(id: string, row: IndexRow): void {
    this.texts += 1;
    if (row.words <= 1) this.#short.push(id);
    const [density = Number.NaN] = densityOf(row);
    if (Number.isNaN(density)) return;
    this.#words += row.words;
    this.#contentWords += density * row.words;
  }

  log({ missing }: CompositeScorer, log: Logger): void {
    const count = formatCount(this.texts, "text");
    if (this.#short.length > 0) {
      const short = `${formatInteger(this.#short.length)} of ${count}`;
      log.warn(`no values for ${short}, because they have at most one word: ${nameTexts(this.#short)}`);
    }
    const language = languageWarning(this.#contentWords / this.#words, this.#words);
    if (language !== undefined) log.warn(language);
    // Indices that lack the same texts, for example those of one word, share a line.
    for (const lacking of new Set(missing.values())) {
      const indices = [...missing].filter(([, texts]) => texts === lacking).map(([index]) => index);
      const verb = indices.length === 1 ? "does" : "do";
      const some = `${formatInteger(lacking)} of ${count}`;
      log.info(`${indices.join(", ")} had no value in ${some} and ${verb} not count in their composite`);
    }
  }
}

/** Returns the names of the indices to compute: those of the columns and those of the composite. */
function indicesToCompute({ columns, preset }: ScoreSetup): readonly string[] {
  return [...columns.indices, ...preset.terms.map(({ index }) => index)];
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
  const { taaco, lists, texts, columns, preset, used } = setup;
  logResources(setup, log);
  const composites = await createCompositeScorer({ preset, calibration: request.calibration, taaco });
  log.info(composites.note);
  const workers = request.workers ?? Math.min(MAX_WORKERS, availableParallelism());
  const counts = request.counts === true;
  const parts = { only: indicesToCompute(setup), counts, tagged: request.tagged !== undefined };
  const failures = new Failures(texts, log);
  const count = new TextCount();
  const pause = createPauses(signal);
  const valuesOf = valueSelector(columns.indices);
  const options = { taaco, lists, parts, workers, signal };
  const labels = new LabelsAsWords();
  const residue = new Residue();
  const readings = inspected(readTexts(texts, failures.add), (text) => {
    residue.add(text.id, textsOf(text.input));
    if (!texts.keepLabels) labels.add(text);
  });
  for await (const { id, row } of indexRows(readings, options)) {
    await pause();
    yield {
      id,
      values: valuesOf(row),
      composite: composites.score(row),
      counts: row.counts,
      tagged: row.tagged,
    };
    count.add(id, row);
  }
  labels.log(log);
  for (const warning of residue.warnings()) log.warn(warning);
  count.log(composites, log);
  failures.finish(count.texts);
  const { calibration } = composites;
  return { texts: count.texts, failed: failures.list, output: null, calibration, ...used };
}

/** Returns the sinks for the files of a request. */
export function fileSinks({ output, tagged }: ScoreRequest, columns: RowColumns): ScoreSink[] {
  return [
    ...(output === undefined ? [] : [fileSink(output, columns)]),
    ...(tagged === undefined ? [] : [taggedSink(tagged)]),
  ];
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
  input: ScoreInput,
  call: CallOptions = {},
): AsyncGenerator<TextScore, ScoreResult> {
  checkCall("score", input, call);
  const { files = [], ...options } = input;
  const request = { ...completeOptions(SCORE_OPTIONS, options), files };
  return yield* stepsWithCallbacks(call, (guarded) => scoreToFiles(request, guarded));
}

async function* scoreToFiles(
  request: ScoreRequest,
  call: CallOptions,
): AsyncGenerator<TextScore, ScoreResult> {
  const setup = await prepareScore(request, call.log);
  const { output = null } = request;
  const sink = joinSinks(fileSinks(request, setup.columns));
  const rows = scoreRows(request, setup, call);
  let complete = false;
  try {
    for (;;) {
      const next = await rows.next();
      if (next.done) {
        await sink.finish();
        complete = true;
        return { ...next.value, output };
      }
      await sink.write(next.value);
      yield toTextScore(setup.columns, next.value);
    }
  } finally {
    // Reached also when the caller leaves its loop early: the worker threads end and no partial file stays.
    if (!complete) {
      await rows.return(undefined as never);
      await sink.discard();
    }
  }
}
