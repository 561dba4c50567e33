import { checkCall, type DownloadCallOptions } from "../call.ts";
import { withCallbacks } from "../callbacks.ts";
import { Exchange } from "../dialogue/exchange.ts";
import { disposeOnError } from "../dispose.ts";
import { DialoguePpoError } from "../errors.ts";
import { silentLogger } from "../log.ts";
import { splitOptions } from "../options/check.ts";
import type { OptionInput } from "../options/option.ts";
import { type ConfigSources, type ResolvedConfig, resolveConfig } from "../options/resolve.ts";
import { GENERATE_OPTIONS } from "../options/tables/generate.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { requireIntactCheckpoint } from "../run/checkpoint-integrity.ts";
import { childFolder } from "../run/folder.ts";
import { loadWhileVerifying } from "../run/integrity.ts";
import { locateRun } from "../run/located-run.ts";
import type { Turn } from "../sample.ts";
import { findModel, findTokenizer, loadParticipant, type ModelCall, openEngine } from "../setup/models.ts";
import { disposeParticipants } from "../setup/training.ts";
import { parseTypedTurns, type Reply, reply } from "./conversation.ts";

type GenerateRequest = Pick<
  OptionInput<typeof GENERATE_OPTIONS>,
  "run" | "checkpoint" | "verify" | "withTeacher"
>;

/** Options of {@link generate}: those of the command `generate` by their camelCase names, and the dialogue. */
export type GenerateInput = Omit<OptionInput<typeof GENERATE_OPTIONS>, "prompt" | "file" | "interactive"> &
  Partial<TrainConfig> & {
    /** The dialogue so far: turns, or a text with one turn per line. */
    readonly dialogue: string | readonly Turn[];
  };

/** Loaded models, and the resolved options. */
export interface OpenExchange {
  readonly exchange: Exchange;
  readonly config: TrainConfig;
}

/**
 * Checks that the options name one child.
 * @throws DialoguePpoError ERR_CONFIG for options that exclude each other
 */
export function checkGenerateRequest(
  { run: target, checkpoint }: GenerateRequest,
  sources: ConfigSources,
): void {
  if (target !== undefined && sources.flags.child !== undefined) {
    throw new DialoguePpoError("ERR_CONFIG", "--run and --child are both given; expected one of them");
  }
  if (target === undefined && checkpoint !== undefined) {
    throw new DialoguePpoError("ERR_CONFIG", `--checkpoint ${checkpoint}: expected with --run`);
  }
}

/**
 * Returns the folder of the tokenizer that a flag names for the child of a run. Other sources, such as a preset, do not
 * count, because the child of a run has its tokenizer beside it.
 */
async function givenTokenizer(
  { childTokenizer, revision }: TrainConfig,
  { childTokenizer: origin }: ResolvedConfig["origins"],
  call: ModelCall,
): Promise<string | undefined> {
  return origin === "flag" && childTokenizer !== undefined
    ? findTokenizer(childTokenizer, revision, call)
    : undefined;
}

/**
 * Loads the child and, on request, the teacher. The caller must dispose of the models.
 *
 * @throws DialoguePpoError ERR_CONFIG, ERR_MODEL, ERR_CHECKPOINT_FORMAT, ERR_NETWORK
 */
export async function openExchange(
  request: GenerateRequest,
  sources: ConfigSources,
  { log = silentLogger, signal, onDownload }: DownloadCallOptions = {},
): Promise<OpenExchange> {
  checkGenerateRequest(request, sources);
  const { run: target, checkpoint, withTeacher } = request;
  const run = target === undefined ? undefined : locateRun(target, checkpoint);
  const verify =
    run && (await requireIntactCheckpoint(run.root, run, { part: "child", verify: request.verify, signal }));
  const { config, origins } = resolveConfig({ ...sources, checkpoint: run?.config });
  const call = { log, signal, onDownload };
  const device = await openEngine(config);
  if (run) log.info(`child: step ${run.step} of ${target}`);
  const trained = run && childFolder(run.directory);
  const folders =
    trained === undefined
      ? await findModel("child", config, call)
      : { model: trained, tokenizer: (await givenTokenizer(config, origins, call)) ?? trained };
  return disposeOnError(async (keep) => {
    const child = await loadWhileVerifying(verify, async () => {
      const loaded = await loadParticipant("child", folders, config, device);
      keep(loaded.model);
      return loaded;
    });
    const teacher =
      (withTeacher ?? sources.flags.teacher !== undefined)
        ? await loadParticipant("teacher", await findModel("teacher", config, call), config, device)
        : undefined;
    if (teacher) keep(teacher.model);
    return { exchange: new Exchange(child, teacher, { maxNewTokens: config.maxNewTokens, log }), config };
  });
}

/** @throws DialoguePpoError ERR_CONFIG when a dialogue is neither a text nor a list of turns */
function checkDialogue(dialogue: unknown): void {
  const isText = (value: unknown): boolean => typeof value === "string";
  const isTurn = (turn: Partial<Turn> | null): boolean => isText(turn?.speaker) && isText(turn?.text);
  if (isText(dialogue) || (Array.isArray(dialogue) && dialogue.every(isTurn))) return;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    "generate: dialogue: expected a text, or a list of turns with the texts speaker and text",
  );
}

/**
 * Generates the next turn of a dialogue.
 *
 * @returns the speaker, the child's turn and, on request, the teacher's version of it
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA, ERR_MODEL, ERR_ABORTED
 * @example
 * const { speaker, text } = await generate({ dialogue: "A:: Did you see the game?\nB:: Which one?" });
 * console.log(`${speaker}: ${text}`);
 */
export async function generate(input: GenerateInput, call: DownloadCallOptions = {}): Promise<Reply> {
  checkCall("generate", input, call, { onDownload: "function" });
  const { dialogue, ...options } = input;
  const { own, rest: flags } = splitOptions(GENERATE_OPTIONS, options);
  checkDialogue(dialogue);
  return withCallbacks(call, async (guarded) => {
    const { exchange, config } = await openExchange(own, { flags }, guarded);
    try {
      const turns = typeof dialogue === "string" ? parseTypedTurns(dialogue) : dialogue;
      const { maxNewTokens, seed } = config;
      return await reply(exchange, turns, { maxNewTokens, seed, speaker: own.speaker, signal: call.signal });
    } finally {
      await disposeParticipants(exchange);
    }
  });
}
