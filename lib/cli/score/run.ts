import { DialoguePpoError } from "../../errors.ts";
import { createPauses } from "../../event-loop.ts";
import { formatCount } from "../../format.ts";
import { createCompositeScorer } from "../../score/composite.ts";
import { Failures } from "../../score/failures.ts";
import { hasSources, prepareScore, type ScoreRequest, type ScoreSetup } from "../../score/prepare.ts";
import { fileSinks, needsSpace, type ScoreResult, scoreRows } from "../../score/score.ts";
import { joinSinks, type RowColumns, type ScoreSink } from "../../score/sink.ts";
import { type NamedText, readTexts } from "../../score/texts.ts";
import { findIndex, SOURCE_NAMES } from "../../taaco/catalogue.ts";
import type { Explanation } from "../../taaco/families/evidence.ts";
import { indexRow } from "../../taaco/pool/index-row.ts";
import { terminalLogger } from "../log.ts";
import { checkStdout, printJson, printResult, terminalWidth } from "../output.ts";
import { ProgressBar } from "../progress.ts";
import { COMPOSITE, explainedIndices, explanationText } from "./explain.ts";
import { compositeText } from "./explain-composite.ts";
import { stdoutSink } from "./stdout.ts";
import { terminalSink } from "./terminal.ts";

/**
 * Number of rows between updates of the bar. Rows arrive in batches, so the rate between single rows is
 * meaningless.
 */
const ROWS_PER_UPDATE = 64;

/** Exit code of a command that did its work except for texts that could not be read. */
const SOME_FAILED = 2;

/** Selects the outputs: files, a table at a terminal, or JSON lines or CSV on standard output. */
function chooseSinks(request: ScoreRequest, json: boolean, columns: RowColumns): ScoreSink {
  const files = fileSinks(request, columns);
  if (request.output !== undefined) return joinSinks(files);
  const screen = process.stdout.isTTY && !json ? terminalSink(columns) : stdoutSink(columns, json);
  return joinSinks([...files, screen]);
}

/** Writes the rows with a progress bar. Discards the output when the work fails. */
async function writeRows(
  rows: ReturnType<typeof scoreRows>,
  sink: ScoreSink,
  total: number | undefined,
): Promise<ScoreResult> {
  const bar = new ProgressBar({ description: "scoring", unit: "text", total });
  let count = 0;
  try {
    for (;;) {
      const next = await rows.next();
      if (next.done) {
        bar.update(count + next.value.failed.length);
        bar.finish();
        await sink.finish();
        return next.value;
      }
      await sink.write(next.value);
      count += 1;
      if (count % ROWS_PER_UPDATE === 0) bar.update(count);
    }
  } catch (error) {
    // The worker threads end even if it was the sink that failed.
    await rows.return(undefined as never);
    await sink.discard();
    throw error;
  } finally {
    bar.finish();
  }
}

/** Explains texts: by indices, or by the composite. */
interface Explainer {
  /** Returns explanations of a text as fields for JSON, each with a function that formats it for the terminal. */
  explain(text: NamedText): { readonly fields: object; readonly format: () => string }[];
  /** Fields of the result that only this explainer has. */
  readonly result: Readonly<Record<string, unknown>>;
}

/** Explains the composite of a text by its parts. */
async function compositeExplainer(
  { calibration }: ScoreRequest,
  { taaco, preset }: ScoreSetup,
): Promise<Explainer> {
  const composites = await createCompositeScorer({ preset, calibration, taaco });
  terminalLogger.info(composites.note);
  return {
    explain({ id, input, source }) {
      const score = composites.explain(indexRow(taaco, input, source));
      if (score === null) throw new DialoguePpoError("ERR_CONFIG", `--explain composite: ${composites.note}`);
      return [
        {
          fields: { index: COMPOSITE, ...score },
          format: () => compositeText(id, score, preset, terminalWidth()),
        },
      ];
    },
    result: { calibration: composites.calibration },
  };
}

/** Returns the explanation of a source index for a row that has no source text. */
const withoutSource = (index: string): Explanation => ({
  index,
  meaning: findIndex(index)?.entry.meaning ?? "",
  value: null,
  unit: "texts",
  evidence: [],
});

/** Explains indices of a text by its words and segments. */
function indexExplainer({ taaco, spaces }: ScoreSetup, indices: readonly string[]): Explainer {
  if (spaces.warning !== undefined && indices.some(needsSpace)) terminalLogger.warn(spaces.warning);
  return {
    explain: ({ id, input, source }) =>
      indices.map((index) => {
        const fields =
          source === null && SOURCE_NAMES.includes(index)
            ? withoutSource(index)
            : taaco.explain(input, index, source == null ? {} : { source });
        return { fields, format: () => explanationText(id, fields) };
      }),
    result: {},
  };
}

async function explainTexts(
  { taaco, texts, used }: ScoreSetup,
  { explain, result }: Explainer,
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  let count = 0;
  const pause = createPauses(signal);
  const failures = new Failures(texts, terminalLogger);
  for await (const text of readTexts(texts, failures.add)) {
    checkStdout();
    await taaco.analyseAhead(text.input, pause);
    for (const { fields, format } of explain(text)) {
      if (json) printJson({ type: "explanation", id: text.id, ...fields });
      else printResult(format());
    }
    count += 1;
  }
  failures.finish(count);
  endWith({ texts: count, failed: failures.list, output: null, ...result, ...used }, json);
}

/** Prints the result of a command with `json`, and sets the exit code. */
function endWith(result: Pick<ScoreResult, "failed"> & Record<string, unknown>, json: boolean): void {
  if (json) printJson({ type: "result", ...result });
  if (result.failed.length > 0) process.exitCode = SOME_FAILED;
}

/** @throws DialoguePpoError ERR_CONFIG when an option has no effect on explanations */
function checkExplain({ explain, output, tagged, counts, families }: ScoreRequest): void {
  if (explain === undefined) return;
  const refused = { output, tagged, counts, families };
  const given = Object.entries(refused).find(([, value]) => value !== undefined && value !== false)?.[0];
  if (given !== undefined) {
    throw new DialoguePpoError("ERR_CONFIG", `--explain writes to standard output; leave --${given} out`);
  }
}

/** Scores the texts of a request, or explains indices of each. */
export async function runScore(request: ScoreRequest, json: boolean, signal: AbortSignal): Promise<void> {
  const { explain, output = null } = request;
  checkExplain(request);
  const setup = await prepareScore(request, terminalLogger);
  if (explain !== undefined) {
    const explainer =
      explain === COMPOSITE
        ? await compositeExplainer(request, setup)
        : indexExplainer(setup, explainedIndices(explain, hasSources(setup.texts)));
    return explainTexts(setup, explainer, json, signal);
  }
  const sink = chooseSinks(request, json, setup.columns);
  const rows = scoreRows(request, setup, { signal, log: terminalLogger });
  const { files, data } = setup.texts;
  const result = await writeRows(rows, sink, data === undefined ? files.length : undefined);
  if (output !== null && !json) {
    terminalLogger.info(`${output}: ${formatCount(result.texts, "text")}, one row each`);
  }
  endWith({ ...result, output }, json);
}
