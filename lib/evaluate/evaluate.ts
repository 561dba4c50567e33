import { existsSync } from "node:fs";
import path from "node:path";
import { checkCall, type DownloadCallOptions, type PhaseProgress } from "../call.ts";
import { withCallbacks } from "../callbacks.ts";
import { disposeAll } from "../dispose.ts";
import { refuse } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import { checkOutput } from "../files/check-output.ts";
import { removeMadeFolders } from "../files/make-folders.ts";
import { makeOutputFolder } from "../files/output-place.ts";
import { formatCount } from "../format.ts";
import { type Group, openGroup } from "../group/group.ts";
import { type Logger, silentLogger } from "../log.ts";
import { splitOptions } from "../options/check.ts";
import type { OptionInput } from "../options/option.ts";
import { type ConfigSources, isGiven, type ResolvedConfig, resolveConfig } from "../options/resolve.ts";
import { flagName } from "../options/spelling.ts";
import { EVALUATE_OPTIONS } from "../options/tables/evaluate.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { evaluationVerdict } from "../report/evaluation-verdict.ts";
import { reportHtml } from "../report/html.ts";
import { evaluationNotes } from "../report/notes.ts";
import { readTraining } from "../report/read-run.ts";
import type { EvaluationRecord } from "../run/evaluation.ts";
import { evaluationFile, readEvaluation, writeEvaluation } from "../run/evaluation-file.ts";
import { runFolder } from "../run/folder.ts";
import { type LocatedRun, locateRun } from "../run/located-run.ts";
import { hasOwnReward } from "../setup/scoring.ts";
import { evaluateChildren } from "./children.ts";
import type { Compared } from "./held-out.ts";
import { prepareEvaluation } from "./setup.ts";

type EvaluationRequest = OptionInput<typeof EVALUATE_OPTIONS>;

/** Options of {@link evaluate}: those of the command `evaluate` by their camelCase names. */
export type EvaluateInput = OptionInput<typeof EVALUATE_OPTIONS> & Partial<TrainConfig>;

/** Log, signal and callbacks of an evaluation. When it is aborted, nothing is written. */
export interface EvaluateOptions extends DownloadCallOptions {
  /** Called with the phase (`turns`, `scores`, `likelihoods`), what is done of it and its total. */
  readonly onProgress?: PhaseProgress;
}

/** The figures of an evaluation, as evaluation.json holds them, and the HTML page that shows them. */
export interface EvaluateResult extends EvaluationRecord {
  /** File name of the page. */
  readonly report: string;
  /** The result in one sentence: what changed clearly, what did not, and what it cost. */
  readonly verdict: string;
  /** What a reader should not overlook, one or two sentences each. */
  readonly notes: readonly string[];
}

interface ResolvedEvaluation {
  readonly config: TrainConfig;
  readonly compared: Compared;
}

/** Options whose values a run stores with its TAACO reward. A run with a reward of its own does not store them. */
const STORED_WITH_REWARD = ["scorePreset", "spaces", "calibration"] as const;

/** Refuses an option that names something else than the run has stored, with which it is evaluated. */
function refuseStored({ config, origins }: ResolvedConfig, { root, config: ofRun }: LocatedRun): void {
  const ofReward = hasOwnReward(runFolder(root)) ? [] : STORED_WITH_REWARD;
  const other = (["childTokenizer", ...ofReward] as const).find(
    (name) => origins[name] === "flag" && config[name] !== ofRun[name],
  );
  if (other === undefined) return;
  refuse(
    `${flagName(other)} is given together with --run, which is evaluated with what the run has stored; ` +
      "leave it out, or compare models with --before and --after",
  );
}

function resolveEvaluation(
  { run, checkpoint, verify, before, after }: EvaluationRequest,
  sources: ConfigSources,
): ResolvedEvaluation {
  if (run !== undefined) {
    if (before !== undefined || after !== undefined)
      refuse("--run is given together with --before or --after");
    const located = locateRun(run, checkpoint);
    const resolved = resolveConfig({ ...sources, checkpoint: located.config });
    refuseStored(resolved, located);
    return { config: resolved.config, compared: { run: located, verify } };
  }
  if (before === undefined || after === undefined)
    return refuse("expected --run DIR, or --before DIR and --after DIR");
  const resolved = resolveConfig(sources);
  const splitGiven = isGiven(resolved, "evalFraction");
  // A preset's tokenizer belongs to the preset's child, which can be one of the two models.
  const tokenizerOf = (child: string): string | undefined =>
    resolveConfig({ ...sources, flags: { ...sources.flags, child } }).config.childTokenizer;
  const tokenizers = { before: tokenizerOf(before), after: tokenizerOf(after) };
  return { config: resolved.config, compared: { before, after, tokenizers, splitGiven } };
}

/** Refuses a folder that holds the evaluation of other models, before the work is done. */
function refuseOtherEvaluation(folder: string, compared: Compared): void {
  const file = evaluationFile(folder);
  if ("run" in compared || !existsSync(file)) return;
  const { setting: { before, after } = {} } = readEvaluation(file);
  if (before === compared.before && after === compared.after) return;
  refuse(`${file} is the evaluation of ${before} and ${after}; expected another --output`);
}

async function measure(
  { config, compared }: ResolvedEvaluation,
  { samplesPerPrompt, rows }: EvaluationRequest,
  { signal, onDownload, onProgress, log = silentLogger }: EvaluateOptions,
  group: Group,
): Promise<EvaluationRecord> {
  const call = { log, signal, onDownload, group };
  const { options, seen, setting } = await prepareEvaluation(compared, config, call);
  const { record, failures } = await evaluateChildren({
    ...options,
    group,
    samplesPerPrompt,
    onProgress,
    rows,
    signal,
  }).finally(() => disposeAll([options.before.model, options.after.model, options.teacher?.model]));
  for (const [reason, count] of Object.entries(failures)) {
    log.warn(`no score for ${formatCount(count, "turn")}: ${reason}`);
  }
  return { ...record, seen, setting: { ...setting, date: new Date().toISOString() } };
}

const pageFile = (folder: string): string => path.join(folder, "report.html");

/** Writes evaluation.json and report.html and returns the file of the page. */
function writeResults(record: EvaluationRecord, compared: Compared, output: string, log: Logger): string {
  const folder = path.resolve(output);
  const made = makeOutputFolder(folder);
  try {
    writeEvaluation(evaluationFile(folder), record);
  } catch (error) {
    removeMadeFolders(folder, made);
    throw error;
  }
  const run =
    "run" in compared
      ? readTraining(compared.run.root, log)
      : {
          name: `${compared.before} → ${compared.after}`,
          config: record.setting ?? {},
          steps: [],
          samples: [],
        };
  const page = pageFile(folder);
  writeFileAtomic(page, reportHtml({ ...run, evaluation: record }));
  return page;
}

/** Evaluates with options from several sources; `evaluate` and the command line share it. */
export async function evaluateFrom(
  request: EvaluationRequest,
  sources: ConfigSources,
  options: EvaluateOptions = {},
): Promise<EvaluateResult> {
  const group = openGroup();
  const { log = silentLogger } = options;
  const call = { ...options, log: group.isFirst ? log : silentLogger };
  return group.together(() => evaluateTogether(group, request, sources, call));
}

/** Processes that a launcher started evaluate together. Only the first of them writes and logs. */
async function evaluateTogether(
  group: Group,
  request: EvaluationRequest,
  sources: ConfigSources,
  options: EvaluateOptions & { readonly log: Logger },
): Promise<EvaluateResult> {
  const resolved = resolveEvaluation(request, sources);
  const { compared } = resolved;
  const folder = request.output ?? ("run" in compared ? compared.run.root : "evaluation");
  refuseOtherEvaluation(folder, compared);
  checkOutput(folder, "filled folder");
  for (const file of [evaluationFile(folder), pageFile(folder)]) checkOutput(file, "file");
  if (existsSync(evaluationFile(folder))) options.log.info(`${evaluationFile(folder)} will be replaced`);
  const record = await measure(resolved, request, options, group);
  return {
    ...record,
    verdict: evaluationVerdict(record),
    notes: evaluationNotes(record),
    report: await group.fromFirst(() => writeResults(record, compared, folder, options.log)),
  };
}

/**
 * Compares a child before and after training on dialogues that it has not seen: reward, scores and every index with
 * paired bootstrap intervals over dialogues, KL, perplexity of the human turns, length and repetition. Writes
 * evaluation.json and report.html.
 *
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA, ERR_MODEL, ERR_CHECKPOINT_FORMAT before the work begins; ERR_ABORTED
 * @example
 * const { reward, report } = await evaluate({ run: "run" });
 * console.log(reward.difference, reward.low, reward.high, report);
 */
export async function evaluate(input: EvaluateInput, options: EvaluateOptions = {}): Promise<EvaluateResult> {
  checkCall("evaluate", input, options, { onDownload: "function", onProgress: "function" });
  const { own, rest: flags } = splitOptions(EVALUATE_OPTIONS, input);
  return withCallbacks(options, (call) => evaluateFrom(own, { flags }, call));
}
