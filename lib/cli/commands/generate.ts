import type { CommandModule } from "yargs";
import { DialoguePpoError } from "../../errors.ts";
import type { OpenExchange } from "../../generate/generate.ts";
import { COMMANDS } from "../../options/commands.ts";
import type { OptionValues } from "../../options/option.ts";
import { downloadBars } from "../download-bars.ts";
import { interruptible } from "../interrupt.ts";
import { terminalLogger } from "../log.ts";
import { configSources, ownOptions, type RunArguments, withOptions } from "../options.ts";
import { printJson, printMessage, printResult } from "../output.ts";

const { own: OWN } = COMMANDS.generate;

type OwnOptions = OptionValues<typeof OWN>;

/** Time without input after which a hint mentions that the command reads standard input. */
const HINT_DELAY_MS = 1500;

/** The `generate` command, which continues a dialogue at the terminal. */
export const generateCommand: CommandModule<object, RunArguments> = {
  command: "generate",
  describe: "Continue a dialogue: one turn, or a conversation.",
  builder: (argv) => withOptions<RunArguments>(argv, COMMANDS.generate),
  handler: runGenerate,
};

async function runGenerate(args: RunArguments): Promise<void> {
  const own = ownOptions(args, OWN);
  const sources = await configSources(args);
  const { checkGenerateRequest, openExchange } = await import("../../generate/generate.ts");
  checkGenerateRequest(own, sources);
  const dialogue = await readDialogue(own);
  const downloads = downloadBars();
  const opened = await interruptible(
    (signal) =>
      openExchange(own, sources, { log: terminalLogger, signal, onDownload: downloads.update }).finally(
        downloads.end,
      ),
    "",
  );
  if (dialogue === undefined) {
    const { converse } = await import("../converse.ts");
    await converse(opened.exchange, opened.config);
  } else {
    await interruptible((signal) => continueOnce(opened, dialogue, { ...args, ...own, signal }), "");
  }
}

/** Returns the dialogue to continue, or undefined for a conversation. */
async function readDialogue({ prompt, file, interactive }: OwnOptions): Promise<string | undefined> {
  if (prompt !== undefined && file !== undefined) {
    throw new DialoguePpoError("ERR_CONFIG", "--prompt and --file are both given; expected one of them");
  }
  if (interactive === true) return undefined;
  // A shell passes "\n" in quotes as two characters.
  if (prompt !== undefined) return prompt.replaceAll("\\n", "\n");
  const { readTextDocument } = await import("../../data/text-stream.ts");
  if (file !== undefined) return readTextDocument(file);
  if (process.stdin.isTTY) return undefined;
  return interruptible(readStandardInput, "");
}

async function readStandardInput(signal: AbortSignal): Promise<string> {
  const { addAbortSignal } = await import("node:stream");
  const hint = setTimeout(
    () => printMessage("waiting for the dialogue on standard input; or see --prompt"),
    HINT_DELAY_MS,
  );
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

/** Prints a note when the next speaker is a guess, because the dialogue has a single speaker other than A and B. */
function noteGuessedSpeaker(turns: readonly { readonly speaker: string }[]): void {
  const [name, ...otherNames] = new Set(turns.map(({ speaker }) => speaker));
  if (name === undefined || otherNames.length > 0 || /^[AB]?$/.test(name)) return;
  printMessage(`only ${name} has spoken: the next speaker is taken to be A; name another with --speaker`);
}

/** Writes one turn to standard output while it is generated, with its label first as in the data. */
async function continueOnce(
  { exchange, config }: OpenExchange,
  dialogue: string,
  { json, speaker, signal }: Pick<RunArguments, "json"> & OwnOptions & { signal: AbortSignal },
): Promise<void> {
  const { parseTypedTurns, reply } = await import("../../generate/conversation.ts");
  const { maxNewTokens, seed } = config;
  const write = printResult;
  let begun = false;
  const onSpeaker = (name: string): void => {
    begun = true;
    write(`${name}:: `);
  };
  const listeners = json ? {} : { onSpeaker, onText: write };
  const turns = parseTypedTurns(dialogue);
  if (speaker === undefined) noteGuessedSpeaker(turns);
  const options = { maxNewTokens, seed, speaker, signal, ...listeners };
  // An interrupted turn needs the line break too.
  const answer = await reply(exchange, turns, options).finally(() => begun && write("\n"));
  const teacher = answer.teacher === undefined ? {} : { teacher: answer.teacher };
  if (json) printJson({ type: "result", text: answer.text, speaker: answer.speaker, ...teacher });
  else if (answer.teacher !== undefined) write(`${answer.speaker} (teacher):: ${answer.teacher}\n`);
}
