import type { Dialogue } from "../data/dialogue.ts";
import { DEFAULT_WORDING, teacherPrompt, teacherPromptText } from "../dialogue/chat.ts";
import { promptOf } from "../dialogue/prompt.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { sfc32 } from "../random.ts";
import type { Turn } from "../sample.ts";
import { type Row, textOf, textRows, varied } from "./rows.ts";

/** The turns and words of a corpus, from which a learner's poor turns are made. */
export interface TurnPool {
  readonly turns: readonly string[];
  readonly words: readonly string[];
}

const splitWords = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

/** Collects the turns and words of dialogues. */
export function turnPool(dialogues: readonly Dialogue[]): TurnPool {
  const turns = dialogues.flatMap((dialogue) => dialogue.turns.map(({ text }) => text));
  return { turns, words: turns.flatMap(splitWords) };
}

const pick = <T>(items: readonly T[], random: () => number): T =>
  items[Math.floor(random() * items.length)] as T;

/** Damages a turn: some words are missing, replaced by others or out of order. */
function damaged(text: string, { words }: TurnPool, random: () => number): string {
  const kept = splitWords(text).flatMap((word) => {
    const draw = random();
    return draw < 0.2 ? [] : [draw < 0.35 ? pick(words, random) : word];
  });
  for (let at = 0; at + 1 < kept.length; at++) {
    if (random() < 0.2) [kept[at], kept[at + 1]] = [kept[at + 1] as string, kept[at] as string];
  }
  return kept.join(" ");
}

/**
 * Makes a turn that a learner might write: the human's turn damaged, a turn of another dialogue, random words, or at most two
 * words.
 */
export function learnerTurn(human: string, pool: TurnPool, random: () => number): string {
  const draw = random();
  if (draw < 0.35) return damaged(human, pool, random);
  if (draw < 0.7) return pick(pool.turns, random);
  const length = draw < 0.9 ? 2 + Math.floor(random() * 14) : Math.floor(random() * 3);
  return Array.from({ length }, () => pick(pool.words, random)).join(" ");
}

/**
 * Makes a row that shows a teacher's whole task: the dialogue, the learner's turn, and the human's turn as the answer.
 *
 * @param options.dialogueToo whether the loss covers the dialogue inside the prompt as well as the answer
 */
export function chatRow(
  turns: readonly Turn[],
  human: Turn,
  learner: string,
  tokenizer: Tokenizer,
  options: { dialogueToo: boolean },
): Row {
  const { partial } = promptOf("", turns, human.speaker);
  const encode = (text: string, allowSpecial: boolean): Int32Array =>
    tokenizer.encode(text, { addSpecialTokens: false, allowSpecial });
  const parts = teacherPrompt(partial, learner).map(({ text, special }) => encode(text, special));
  const answer = [...encode(human.text.trim(), false), tokenizer.eosId as number];
  const prompt = parts.flatMap((part) => [...part]);
  const ids = Int32Array.from([...prompt, ...answer]);
  const mask = new Uint8Array(ids.length).fill(1, prompt.length);
  if (options.dialogueToo) {
    // The dialogue follows the heading of the user's text. Its last token may contain the line feeds after it.
    const heading = teacherPrompt(partial, learner)[1]?.text.split(partial)[0] ?? "";
    const start = (parts[0]?.length ?? 0) + encode(heading, false).length;
    mask.fill(1, start, start + encode(partial, false).length - 1);
  }
  return { ids, mask };
}

/** Makes a row of at most `limit` tokens. Leaves out as many of the oldest turns as needed; returns none when that is not enough. */
function fittingRow(
  turns: readonly Turn[],
  human: Turn,
  learner: string,
  tokenizer: Tokenizer,
  options: { dialogueToo: boolean; limit: number },
): Row[] {
  for (let from = 0; from < turns.length; from++) {
    const row = chatRow(turns.slice(from), human, learner, tokenizer, options);
    if (row.ids.length <= options.limit) return [row];
  }
  return [];
}

// Most of a chat is its fixed wording. Dialogues as plain text teach the language at a third of the cost. Each epoch
// therefore shows all dialogues as plain text and every third one as a chat too.
const CHAT_EVERY = 3;

/** Makes the rows of an epoch by (seed, epoch, dialogue): every dialogue as text and some as chats, each cut at a random turn. */
export function chatRows(
  dialogues: readonly Dialogue[],
  pool: TurnPool,
  tokenizer: Tokenizer,
  options: { seed: number; epoch: number; augment: boolean; limit: number },
): Row[] {
  return dialogues.flatMap((dialogue, index) => {
    const random = sfc32(options.seed, options.epoch, index);
    const turns = options.augment ? varied(dialogue.turns, random) : dialogue.turns;
    if (turns.length < 2) return textRows(textOf(turns), tokenizer, options.limit);
    const cut = turns.length - 1 - Math.floor(random() ** 2 * (turns.length - 1));
    const human = turns[cut] as Turn;
    const learner = learnerTurn(human.text, pool, random);
    const { limit } = options;
    const plain = textRows(textOf(turns), tokenizer, limit);
    if ((index + options.epoch) % CHAT_EVERY !== 0) return plain;
    return [
      ...plain,
      ...fittingRow(turns.slice(0, cut), human, learner, tokenizer, { dialogueToo: true, limit }),
    ];
  });
}

/** Makes the held-out rows, one a dialogue: its last turn is the answer, and the loss covers the answer only. */
export function heldOutChatRows(
  dialogues: readonly Dialogue[],
  pool: TurnPool,
  tokenizer: Tokenizer,
  options: { seed: number; limit: number },
): Row[] {
  return dialogues.flatMap(({ turns }, index) => {
    const human = turns.at(-1);
    if (turns.length < 2 || human === undefined) return [];
    const learner = learnerTurn(human.text, pool, sfc32(options.seed, index, 7));
    const { limit } = options;
    return fittingRow(turns.slice(0, -1), human, learner, tokenizer, { dialogueToo: false, limit });
  });
}

/** Repeats the fixed wording of a chat as often as a tokenizer must see it to encode it in few tokens. */
export function wordingTexts(dialogues: number): string[] {
  const bare = teacherPromptText("", "").replace(/<\|\w+\|>/g, "\n");
  return Array.from({ length: Math.ceil(dialogues / 8) }, () => `${DEFAULT_WORDING.system}\n${bare}`);
}
