import type { CommandModule } from "yargs";
import type { Exchange, Participant } from "../../dialogue/exchange.ts";
import { COMMANDS } from "../../options/commands.ts";
import type { OptionValues } from "../../options/option.ts";
import type { TrainConfig } from "../../options/train-config.ts";
import { interruptible } from "../interrupt.ts";
import { configSources, ownOptions, type RunArguments, withOptions } from "../options.ts";
import { emit, say } from "../output.ts";

const { own: OWN } = COMMANDS.generate;

type OwnOptions = OptionValues<typeof OWN>;

/** After this long without the end of standard input, somebody may not know that it is read. */
const HINT_MS = 1500;

/** Continues a dialogue at the terminal. */
export const generateCommand: CommandModule<object, RunArguments> = {
  command: "generate",
  describe: "Continue a dialogue: one turn, or a conversation.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS.generate),
  handler: runGenerate,
};

async function runGenerate(args: RunArguments): Promise<void> {
  const own = ownOptions(args, OWN);
  await refuseBoth(args, own);
  const dialogue = await givenText(own);
  const { exchange, config } = await interruptible((signal) => openExchange(args, own, signal), "");
  if (dialogue === undefined) {
    const { converse } = await import("../converse.ts");
    await converse(exchange, config);
  } else {
    await interruptible(
      (signal) => continueOnce(exchange, config, dialogue, { ...args, ...own, signal }),
      "",
    );
  }
}

/** The dialogue to continue; undefined for a conversation. */
async function givenText(own: OwnOptions): Promise<string | undefined> {
  const { DialoguePpoError } = await import("../../errors.ts");
  const { prompt, file, interactive } = own;
  if (prompt !== undefined && file !== undefined) {
    throw new DialoguePpoError("ERR_CONFIG", "--prompt and --file are both given; expected one of them");
  }
  if (interactive === true) return undefined;
  // A shell passes "\n" in quotes as two characters.
  if (prompt !== undefined) return prompt.replaceAll("\\n", "\n");
  const { readFileSync } = await import("node:fs");
  if (file !== undefined) {
    try {
      return readFileSync(file, "utf8");
    } catch (cause) {
      const { message } = cause as Error;
      throw new DialoguePpoError("ERR_DATA", `${file} cannot be read: ${message}`, { cause });
    }
  }
  if (process.stdin.isTTY) return undefined;
  return interruptible(readStandardInput, "");
}

async function readStandardInput(signal: AbortSignal): Promise<string> {
  const { addAbortSignal } = await import("node:stream");
  const hint = setTimeout(() => say("waiting for the dialogue on standard input; or see --prompt"), HINT_MS);
  let text = "";
  try {
    const input = addAbortSignal(signal, process.stdin.setEncoding("utf8"));
    for await (const chunk of input) text += chunk as string;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(hint);
  }
  return text;
}

/** What cannot be meant together. */
async function refuseBoth(args: RunArguments, { run, checkpoint }: OwnOptions): Promise<void> {
  const { DialoguePpoError } = await import("../../errors.ts");
  if (run !== undefined && args.child !== undefined) {
    throw new DialoguePpoError("ERR_CONFIG", "--run and --child are both given; expected one of them");
  }
  if (run === undefined && checkpoint !== undefined) {
    throw new DialoguePpoError("ERR_CONFIG", `--checkpoint ${checkpoint}: expected with --run`);
  }
}

async function openExchange(
  args: RunArguments,
  { run: target, checkpoint, withTeacher }: OwnOptions,
  signal: AbortSignal,
): Promise<{ exchange: Exchange; config: TrainConfig }> {
  const { resolveConfig } = await import("../../options/resolve.ts");
  const { terminalLogger: log } = await import("../log.ts");
  const { childOf, findModel, loadParticipant, locateRun, openEngine } = await import("../participants.ts");
  const { Exchange } = await import("../../dialogue/exchange.ts");
  const sources = await configSources(args);
  const run = target === undefined ? undefined : locateRun(target, checkpoint);
  const { config } = resolveConfig({ ...sources, checkpoint: run?.config });
  const find = (who: "child" | "teacher"): Promise<string> =>
    findModel(who, config[who], { revision: config.revision, log, signal });
  const device = openEngine(config);
  const load = (who: "child" | "teacher", folder: string): Promise<Participant> =>
    loadParticipant(who, folder, config, { device, tokenizerFolder: config[`${who}Tokenizer`] });
  let child: Participant;
  if (run !== undefined) {
    log.info(`child: step ${run.step} of ${target}`);
    child = await load("child", childOf(run));
  } else {
    child = await load("child", await find("child"));
  }
  const asked = withTeacher ?? sources.flags.teacher !== undefined;
  const teacher = asked ? await load("teacher", await find("teacher")) : undefined;
  return { exchange: new Exchange(child, teacher, { maxNewTokens: config.maxNewTokens }), config };
}

/** Of two speakers the other one goes on; where a name stands alone, nobody can know whose turn is next. */
function tellGuess(turns: readonly { readonly speaker: string }[]): void {
  const [name, ...others] = new Set(turns.map(({ speaker }) => speaker));
  if (name === undefined || others.length > 0 || /^[AB]?$/.test(name)) return;
  say(`only ${name} has spoken: the next speaker is taken to be A; name another with --speaker`);
}

/** One turn: on standard output as the data has it, label first, while it grows. */
async function continueOnce(
  exchange: Exchange,
  config: TrainConfig,
  dialogue: string,
  { json, speaker, signal }: Pick<RunArguments, "json"> & OwnOptions & { signal: AbortSignal },
): Promise<void> {
  const { reply, typedTurns } = await import("../conversation.ts");
  const { maxNewTokens, seed } = config;
  const write = (piece: string): void => void process.stdout.write(piece);
  let begun = false;
  const onSpeaker = (name: string): void => {
    begun = true;
    write(`${name}:: `);
  };
  const shown = json ? {} : { onSpeaker, onText: write };
  const options = { maxNewTokens, seed, speaker, signal, ...shown };
  // A turn that is broken off ends its line too.
  const turns = typedTurns(dialogue);
  if (speaker === undefined) tellGuess(turns);
  const answer = await reply(exchange, turns, options).finally(() => begun && write("\n"));
  const teacher = answer.teacher === undefined ? {} : { teacher: answer.teacher };
  if (json) emit({ type: "result", text: answer.text, speaker: answer.speaker, ...teacher });
  else if (answer.teacher !== undefined) write(`${answer.speaker} (teacher):: ${answer.teacher}\n`);
}
