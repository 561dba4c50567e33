import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import type { Exchange } from "../dialogue/exchange.ts";
import { DialoguePpoError } from "../errors.ts";
import { printable } from "../format.ts";
import { type Reply, reply } from "../generate/conversation.ts";
import type { Turn } from "../sample.ts";
import { Interrupted } from "./interrupt.ts";
import { printMessage } from "./output.ts";
import { useColor } from "./progress.ts";

const HELP = "type a turn; an empty line lets the child go on; /new starts again, /quit or Ctrl-D ends";

/** Returns the child's reply; undefined, with a message, when the last turn alone is too long for a model. */
async function replyUnlessTooLong(...call: Parameters<typeof reply>): Promise<Reply | undefined> {
  try {
    return await reply(...call);
  } catch (error) {
    if (!(error instanceof DialoguePpoError) || error.code !== "ERR_DATA") throw error;
    printMessage(`${error.message}; the turn is left out`);
    return undefined;
  }
}

/**
 * Holds a conversation at the terminal, in which the user is speaker A and the child is speaker B. Turns go to
 * standard output and hints to standard error.
 */
export async function converse(
  exchange: Exchange,
  settings: { readonly maxNewTokens: number; readonly seed: number },
  streams: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream } = {
    input: process.stdin,
    output: process.stdout,
  },
): Promise<void> {
  const color = useColor(process.stdout);
  const paint = (style: "cyan" | "yellow", text: string): string => (color ? styleText(style, text) : text);
  const lines = createInterface({ input: streams.input, output: streams.output, terminal: color });
  const write = (text: string): void => void streams.output.write(text);
  let turns: Turn[] = [];
  /** Number of the next reply, which decides on its random stream. */
  let number = 0;
  const interrupted = new AbortController();
  lines.on("SIGINT", () => {
    interrupted.abort(new Interrupted("interrupted"));
    lines.close();
  });
  /** Writes the child's reply and returns the dialogue with it, or without the last turn if that is too long. */
  const answer = async (dialogue: readonly Turn[]): Promise<Turn[]> => {
    write(paint("cyan", "B> "));
    const onText = (text: string): void => write(printable(text));
    const call = { ...settings, number, speaker: "B", signal: interrupted.signal, onText };
    const found = await replyUnlessTooLong(exchange, dialogue, call).finally(() => write("\n"));
    number += 1;
    if (found === undefined) return dialogue.slice(0, -1);
    if (found.teacher !== undefined) write(`${paint("yellow", "teacher> ")}${printable(found.teacher)}\n`);
    return found.text === "" ? [...dialogue] : [...dialogue, { speaker: "B", text: found.text }];
  };
  printMessage(HELP);
  lines.setPrompt("A> ");
  lines.prompt();
  for await (const line of lines) {
    const typed = line.trim();
    if (typed === "/quit") break;
    if (typed === "/new") {
      turns = [];
      printMessage("a new dialogue");
    } else if (typed.startsWith("/")) {
      printMessage(HELP);
    } else if (typed !== "" || turns.length > 0) {
      if (typed !== "") turns.push({ speaker: "A", text: typed });
      turns = await answer(turns);
    }
    lines.prompt();
  }
  lines.close();
  write("\n");
}
