import type { Turn } from "../data/dialogue.ts";
import { parseTurns } from "../data/dialogue.ts";
import type { Exchange } from "../dialogue/exchange.ts";
import { fitPrompts } from "../dialogue/measure.ts";
import { promptOf } from "../dialogue/prompt.ts";
import { turnStream } from "../dialogue/stream.ts";
import { DialoguePpoError } from "../errors.ts";

/** The next turn, and the teacher's version of it when there is a teacher. */
export interface Reply {
  readonly speaker: string;
  readonly text: string;
  readonly teacher: string | undefined;
}

export interface ReplyOptions {
  readonly maxNewTokens: number;
  readonly seed: number;
  /** Which reply of a conversation this is: each draws differently. */
  readonly number?: number;
  readonly speaker?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the speaker of the turn, before it begins. */
  readonly onSpeaker?: (speaker: string) => void;
  /** Called with the child's turn as it grows. */
  readonly onText?: (piece: string) => void;
}

/** Turns of a text that someone typed: labelled as in the data, or one turn a line by two speakers in turn. */
export function typedTurns(text: string): Turn[] {
  const turns = parseTurns(text.replaceAll("\r\n", "\n").trim());
  if (turns.some(({ speaker }) => speaker !== "")) return turns;
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line, index) => ({ speaker: index % 2 === 0 ? "A" : "B", text: line.trim() }));
}

/**
 * The child's next turn of a dialogue; the oldest turns go first when it exceeds the model's positions.
 * @throws DialoguePpoError ERR_DATA when there is no turn to go on from, or the last one alone is too long
 */
export async function reply(
  exchange: Exchange,
  turns: readonly Turn[],
  options: ReplyOptions,
): Promise<Reply> {
  if (turns.length === 0) {
    throw new DialoguePpoError("ERR_DATA", "there is nothing to continue; expected at least one turn");
  }
  const { maxNewTokens, seed, number = 0, signal, onSpeaker, onText } = options;
  const { model, tokenizer } = exchange.child;
  const limit = model.config.maxPositions - maxNewTokens;
  const whole = promptOf("the dialogue", turns, options.speaker);
  const [prompt = whole] = fitPrompts([whole], tokenizer, limit, "truncate").prompts;
  onSpeaker?.(prompt.speaker);
  const decoder = tokenizer.streamDecoder();
  const shown = turnStream();
  const [sample] = await exchange.run([prompt], (_, role, turn) => drawNumber(seed, number, role, turn), {
    signal,
    onChildToken: onText && ((_, token) => onText(shown.push(decoder.push(token)))),
  });
  return { speaker: prompt.speaker, text: sample?.child ?? "", teacher: sample?.teachers[0] };
}

/** Replies of one conversation and both speakers draw from streams of their own. */
const drawNumber = (seed: number, number: number, role: "child" | "teacher", turn: number): number =>
  (((seed % 2 ** 32) * 4096 + number) * 2 + (role === "child" ? 0 : 1)) * 64 + turn;
