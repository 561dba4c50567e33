import type { Dialogue } from "../data/dialogue.ts";
import { DEFAULT_WORDING, DIALOGUE_HEADING, LLAMA3_TEMPLATE, teacherMessages } from "../dialogue/chat.ts";
import { ChatTemplate } from "../dialogue/chat-template.ts";
import { promptOf } from "../dialogue/prompt.ts";
import type { TeacherChat } from "../dialogue/teacher-chat.ts";
import { dialogueText, type Row, textRows } from "../dialogue/text-rows.ts";
import { sfc32 } from "../random.ts";
import type { Turn } from "../sample.ts";
import { varyDialogue } from "./rows.ts";

/** The turns and words of a corpus. The poor turns of the simulated learner are made from them. */
export interface TurnPool {
  readonly turns: readonly string[];
  readonly words: readonly string[];
}

const splitAtSpaces = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

/** Collects the turns and words of dialogues. */
export function turnPool(dialogues: readonly Dialogue[]): TurnPool {
  const turns = dialogues.flatMap((dialogue) => dialogue.turns.map(({ text }) => text));
  return { turns, words: turns.flatMap(splitAtSpaces) };
}

const pick = <T>(items: readonly T[], random: () => number): T =>
  items[Math.floor(random() * items.length)] as T;

/** Returns a turn in which some words are missing, replaced or out of order. */
function damageTurn(text: string, { words }: TurnPool, random: () => number): string {
  const kept = splitAtSpaces(text).flatMap((word) => {
    const draw = random();
    return draw < 0.2 ? [] : [draw < 0.35 ? pick(words, random) : word];
  });
  for (let at = 0; at + 1 < kept.length; at++) {
    if (random() < 0.2) [kept[at], kept[at + 1]] = [kept[at + 1] as string, kept[at] as string];
  }
  return kept.join(" ");
}

/**
 * Returns a turn that a learner might write. It is the damaged human turn, a turn of the pool, up to 15 random words or
 * at most two random words.
 *
 * @param random returns numbers in [0, 1)
 */
export function learnerTurn(humanTurn: string, pool: TurnPool, random: () => number): string {
  const draw = random();
  if (draw < 0.35) return damageTurn(humanTurn, pool, random);
  if (draw < 0.7) return pick(pool.turns, random);
  const length = draw < 0.9 ? 2 + Math.floor(random() * 14) : Math.floor(random() * 3);
  return Array.from({ length }, () => pick(pool.words, random)).join(" ");
}

/**
 * Returns a row that shows the task of the teacher: a prompt with the dialogue and the turn of the learner, and the
 * human turn as the answer.
 *
 * @param turns dialogue before the human turn
 * @param options.includeDialogue whether the loss covers the dialogue in the prompt as well as the answer
 */
export function chatRow(
  turns: readonly Turn[],
  humanTurn: Turn,
  learnerText: string,
  chat: TeacherChat,
  options: { includeDialogue: boolean },
): Row {
  const { partial } = promptOf("", turns, humanTurn.speaker);
  const { tokenizer } = chat;
  const encode = (text: string, allowSpecial: boolean): Int32Array =>
    tokenizer.encode(text, { addSpecialTokens: false, allowSpecial });
  const endId = chat.endId ?? tokenizer.eosId;
  const answer = [...encode(humanTurn.text.trim(), false), ...(endId === undefined ? [] : [endId])];
  const { text, ids: prompt } = chat.prompt(partial, learnerText);
  const ids = Int32Array.from([...prompt, ...answer]);
  const mask = new Uint8Array(ids.length).fill(1, prompt.length);
  if (options.includeDialogue) {
    // The last token of the dialogue may contain the line feeds after it.
    const before = text.slice(0, text.indexOf(DIALOGUE_HEADING) + DIALOGUE_HEADING.length);
    const start = encode(before, true).length;
    mask.fill(1, start, start + encode(partial, false).length - 1);
  }
  return { ids, mask };
}

/**
 * Returns one row of at most `limit` tokens, from which the oldest turns are dropped as needed, or no row if that is
 * not enough.
 */
function fittingRow(
  turns: readonly Turn[],
  humanTurn: Turn,
  learnerText: string,
  chat: TeacherChat,
  options: { includeDialogue: boolean; limit: number },
): Row[] {
  for (let from = 0; from < turns.length; from++) {
    const row = chatRow(turns.slice(from), humanTurn, learnerText, chat, options);
    if (row.ids.length <= options.limit) return [row];
  }
  return [];
}

// Most tokens of a chat belong to its fixed wording. A dialogue as plain text needs a third of the tokens. Each epoch
// therefore has all dialogues as plain text, and every third one also as a chat.
const CHAT_EVERY = 3;

/**
 * Returns the rows of an epoch: every dialogue as plain text, and some also as chats that end at a random turn. The
 * random numbers depend on the seed, the epoch and the index of the dialogue.
 */
export function chatRows(
  dialogues: readonly Dialogue[],
  pool: TurnPool,
  chat: TeacherChat,
  options: { seed: number; epoch: number; augment: boolean; limit: number },
): Row[] {
  return dialogues.flatMap((dialogue, index) => {
    const random = sfc32(options.seed, options.epoch, index);
    const turns = options.augment ? varyDialogue(dialogue.turns, random) : dialogue.turns;
    if (turns.length < 2) return textRows(dialogueText(turns), chat.tokenizer, options.limit);
    const cut = turns.length - 1 - Math.floor(random() ** 2 * (turns.length - 1));
    const humanTurn = turns[cut] as Turn;
    const learnerText = learnerTurn(humanTurn.text, pool, random);
    const { limit } = options;
    const plain = textRows(dialogueText(turns), chat.tokenizer, limit);
    if ((index + options.epoch) % CHAT_EVERY !== 0) return plain;
    return [
      ...plain,
      ...fittingRow(turns.slice(0, cut), humanTurn, learnerText, chat, { includeDialogue: true, limit }),
    ];
  });
}

/** Returns one held-out row for each dialogue. The last turn is the answer, and the loss covers only the answer. */
export function heldOutChatRows(
  dialogues: readonly Dialogue[],
  pool: TurnPool,
  chat: TeacherChat,
  options: { seed: number; limit: number },
): Row[] {
  return dialogues.flatMap(({ turns }, index) => {
    const humanTurn = turns.at(-1);
    if (turns.length < 2 || humanTurn === undefined) return [];
    const learnerText = learnerTurn(humanTurn.text, pool, sfc32(options.seed, index, 7));
    const { limit } = options;
    return fittingRow(turns.slice(0, -1), humanTurn, learnerText, chat, {
      includeDialogue: false,
      limit,
    });
  });
}

/**
 * Returns copies of the fixed wording of a chat for the training of a tokenizer. There is one copy for eight dialogues,
 * so that the tokenizer learns to encode the wording in few tokens.
 */
export function wordingTexts(dialogues: number): string[] {
  const template = new ChatTemplate(LLAMA3_TEMPLATE, { specialTokens: {} });
  const plainWording = template.render(teacherMessages("", ""), true).replace(/<\|\w+\|>/g, "\n");
  return Array.from({ length: Math.ceil(dialogues / 8) }, () => `${DEFAULT_WORDING.system}\n${plainWording}`);
}
