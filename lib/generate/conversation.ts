import { parseTurns } from "../data/dialogue.ts";
import type { Exchange, SeedFunction } from "../dialogue/exchange.ts";
import { fitPrompts } from "../dialogue/fit.ts";
import { promptOf } from "../dialogue/prompt.ts";
import { turnStream } from "../dialogue/turn-text.ts";
import { DialoguePpoError } from "../errors.ts";
import { normaliseLineEnds } from "../line-ends.ts";
import { hashToInt48 } from "../random.ts";
import type { Turn } from "../sample.ts";

/** The next turn of a dialogue. */
export interface Reply {
  readonly speaker: string;
  readonly text: string;
  /** The teacher's version of the turn; undefined without a teacher. */
  readonly teacher: string | undefined;
}

/** Options of {@link reply}. */
export interface ReplyOptions {
  /** Maximum length of the turn in tokens. */
  readonly maxNewTokens: number;
  readonly seed: number;
  /** Number of the reply in a conversation; every reply has its own random stream. Default 0. */
  readonly number?: number;
  /** The next speaker. Default: the other of the two speakers. */
  readonly speaker?: string | undefined;
  /** Ends the generation with ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the speaker before the turn begins. */
  readonly onSpeaker?: ((speaker: string) => void) | undefined;
  /** Called with the pieces of the child's turn as they are generated. */
  readonly onText?: ((piece: string) => void) | undefined;
}

/**
 * Parses a typed text: turns with labels as in the data, else one turn per line of two alternating speakers, A and B.
 */
export function parseTypedTurns(text: string): Turn[] {
  const turns = parseTurns(text.trim());
  if (turns.some(({ speaker }) => speaker !== "")) return turns;
  const lines = normaliseLineEnds(text)
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.map((line, index) => ({ speaker: index % 2 === 0 ? "A" : "B", text: line.trim() }));
}

/**
 * Generates the next turn of a dialogue, by the child and, if there is one, the teacher. When the dialogue exceeds the
 * model's positions, its oldest turns are left out.
 *
 * @throws DialoguePpoError ERR_DATA when there is no turn to continue, or the last turn alone is too long
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
  const fitted = await fitPrompts([whole], tokenizer, limit, "truncate", signal);
  const [prompt = whole] = fitted.prompts;
  onSpeaker?.(prompt.speaker);
  const decoder = tokenizer.streamDecoder();
  const stream = turnStream();
  const seedFor: SeedFunction = (_, role, turn) => hashToInt48(`${seed}/reply/${number}/${role}/${turn}`);
  const [sample] = await exchange.run([prompt], seedFor, {
    signal,
    onChildToken: onText && ((_, token) => onText(stream.push(decoder.push(token)))),
  });
  // Some decoders hold back their last tokens: the bytes of an unfinished character, or the end of a word.
  onText?.(stream.push(decoder.flush()));
  return { speaker: prompt.speaker, text: sample?.child ?? "", teacher: sample?.teachers[0] };
}
