import { DialoguePpoError } from "../../errors.ts";
import { createPauses } from "../../event-loop.ts";
import { createCompositeScorer } from "../../score/composite.ts";
import {
  prepareScore,
  type ScoreRequest,
  type ScoreResult,
  type ScoreSetup,
  scoreRows,
} from "../../score/score.ts";
import { fileSink, type ScoreSink } from "../../score/sink.ts";
import { readTexts } from "../../score/texts.ts";
import { indexRow, rowNames } from "../../taaco/pool/index-row.ts";
import type { TaacoInput } from "../../taaco/types.ts";
import { terminalLogger } from "../log.ts";
import { checkOutput, printJson, printResult, terminalWidth } from "../output.ts";
import { ProgressBar } from "../progress.ts";
import { COMPOSITE, checkExplainable, explanationText } from "./explain.ts";
import { compositeText } from "./explain-composite.ts";
import { stdoutSink } from "./stdout.ts";
import { terminalSink } from "./terminal.ts";

/**
 * Number of rows between updates of the bar. Rows arrive in batches, so the rate between single rows is
 * meaningless.
 */
const ROWS_PER_UPDATE = 64;

/** Selects the output: a file, a table at a terminal, or JSON lines or CSV on standard output. */
function chooseSink(output: string | undefined, json: boolean, names: readonly string[]): ScoreSink {
  if (output !== undefined) return fileSink(output, names);
  return process.stdout.isTTY && !json ? terminalSink(names) : stdoutSink(names, json);
}

/** Writes the rows with a progress bar. Discards the output when the work fails. */
async function writeRows(rows: ReturnType<typeof scoreRows>, sink: ScoreSink): Promise<ScoreResult> {
  const bar = new ProgressBar({ description: "scoring", unit: "text" });
  let count = 0;
  try {
    for (;;) {
      const next = await rows.next();
      if (next.done) {
        bar.update(count);
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

/** Explains texts: by one index, or by the composite. */
interface Explainer {
  /** Returns the explanation of a text as fields for JSON, and a function that formats it for the terminal. */
  explainOne(input: TaacoInput): { readonly fields: object; readonly format: (id: string) => string };
  /** Fields of the result that only this explainer has. */
  readonly result: Readonly<Record<string, unknown>>;
}

/** Explains the composite of a text by its parts. */
async function compositeExplainer(
  { calibration }: ScoreRequest,
  { taaco, source, preset }: ScoreSetup,
): Promise<Explainer> {
  const composites = await createCompositeScorer({ preset, calibration, taaco });
  terminalLogger.info(composites.note);
  return {
    explainOne(input) {
      const score = composites.explain(indexRow(taaco, input, source));
      if (score === null) throw new DialoguePpoError("ERR_CONFIG", `--explain composite: ${composites.note}`);
      return {
        fields: { index: COMPOSITE, ...score },
        format: (id) => compositeText(id, score, preset, terminalWidth()),
      };
    },
    result: { calibration: composites.calibration },
  };
}

/** Explains an index of a text by its words and segments. */
function indexExplainer({ taaco, source }: ScoreSetup, index: string): Explainer {
  return {
    explainOne(input) {
      const explanation = taaco.explain(input, index, source === undefined ? {} : { source });
      return { fields: explanation, format: (id) => explanationText(id, explanation) };
    },
    result: {},
  };
}

async function explainTexts(
  { taaco, texts, used }: ScoreSetup,
  { explainOne, result }: Explainer,
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  let count = 0;
  const pause = createPauses(signal);
  for await (const { id, input } of readTexts(texts)) {
    checkOutput();
    await taaco.analyseAhead(input, pause);
    const { fields, format } = explainOne(input);
    if (json) printJson({ type: "explanation", id, ...fields });
    else printResult(format(id));
    count += 1;
  }
  if (json) printJson({ type: "result", texts: count, output: null, ...result, ...used });
}

/** Scores the texts of a request, or explains one index of each. */
export async function runScore(request: ScoreRequest, json: boolean, signal: AbortSignal): Promise<void> {
  const { explain, output, source } = request;
  const check = (): void => {
    if (explain === undefined) return;
    checkExplainable(explain, source !== undefined);
    if (output !== undefined) {
      throw new DialoguePpoError("ERR_CONFIG", "--explain writes to standard output; leave --output out");
    }
  };
  const setup = await prepareScore(request, check, terminalLogger);
  if (explain !== undefined) {
    const explainer =
      explain === COMPOSITE ? await compositeExplainer(request, setup) : indexExplainer(setup, explain);
    return explainTexts(setup, explainer, json, signal);
  }
  const sink = chooseSink(output, json, rowNames(setup.source !== undefined));
  const rows = scoreRows(request, setup, { signal, log: terminalLogger });
  const result = await writeRows(rows, sink);
  if (json) printJson({ type: "result", ...result, output: output ?? null });
}
