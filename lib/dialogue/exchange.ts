import { DialoguePpoError } from "../errors.ts";
import { type Logger, silentLogger } from "../log.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { Role, Sample } from "../sample.ts";
import type { ChatOptions } from "./chat.ts";
import { itemsToDrop } from "./fit.ts";
import type { Prompt } from "./prompt.ts";
import { TeacherChat, type TeacherPrompt } from "./teacher-chat.ts";
import { type IdOverrides, resolveTokenIds, type TokenIds } from "./token-ids.ts";
import { childTurn, teacherTurn } from "./turn-text.ts";

/** Sampling options of a participant. An absent option is off. */
export interface Sampling {
  /** Divides the logits before sampling. */
  readonly temperature?: number | undefined;
  /** Number of most probable tokens to sample from. */
  readonly topK?: number | undefined;
  /** Total probability of the most probable tokens to sample from. */
  readonly topP?: number | undefined;
}

/** A model that writes turns, with its tokenizer. */
export interface Participant {
  /** The model that generates the turns. */
  readonly model: LanguageModel;
  /** The tokenizer of the model. */
  readonly tokenizer: Tokenizer;
  /** Sampling options. Default: plain sampling from the model's distribution. */
  readonly sampling?: Sampling;
  /** Explicit end and padding ids. Default: those of the model's configuration. */
  readonly ids?: IdOverrides;
}

/** Options of an {@link Exchange}. */
export interface ExchangeOptions {
  /** Largest number of new tokens in a turn. */
  readonly maxNewTokens: number;
  /** Number of teacher turns per sample. Default 1. */
  readonly teacherSamples?: number;
  /** The child computes with weights in bfloat16, as training under autocast does. Default false. */
  readonly autocastBf16?: boolean;
  /** Options of the teacher's prompt. */
  readonly chat?: ChatOptions;
  /** Receives one warning when a teacher prompt must lose its oldest turns. Default: no output. */
  readonly log?: Logger;
}

/** A sample with the token ids that PPO needs. */
export interface ExchangeSample extends Sample {
  /** Token ids of the child's prompt. */
  readonly promptIds: Int32Array;
  /** Token ids of the child's turn, including the token that ended it. */
  readonly childIds: Int32Array;
  /** Whether the child ended its turn before the token limit. */
  readonly ended: boolean;
}

/**
 * Returns the seed for generating a turn. `turn` is the index of the teacher's turn for the sample; it is 0 for the
 * child.
 */
export type SeedFunction = (sample: number, role: Role, turn: number) => number;

/** Abort signal and listeners of {@link Exchange.run}. */
export interface ExchangeCall {
  /** Aborts the generation. */
  readonly signal?: AbortSignal | undefined;
  /** Called after the turns of the child and after those of the teacher, with the duration in seconds. */
  readonly onPhase?: ((phase: Role, seconds: number) => void) | undefined;
  /** Called with the child's turns, in the order of the prompts, before the teacher begins. */
  readonly onChildTurns?: ((turns: readonly string[]) => void | Promise<void>) | undefined;
  /** Called with each turn of the teacher, and the place of its prompt, while the teacher still writes others. */
  readonly onTeacherTurn?: ((prompt: number, turn: string) => void | Promise<void>) | undefined;
  /** Called with each token of the child as soon as it is sampled. */
  readonly onChildToken?: ((row: number, token: number) => void) | undefined;
}

/** Returns a listener for the tokens of `count` rows that calls `onRow` with the row that a token completes. */
function rowListener(
  count: number,
  isComplete: (ids: readonly number[]) => boolean,
  onRow: (row: number, ids: readonly number[]) => unknown,
): (row: number, token: number) => unknown {
  const rows = Array.from({ length: count }, (): number[] => []);
  return (row, token) => {
    const ids = rows[row] as number[];
    ids.push(token);
    return isComplete(ids) ? onRow(row, ids) : undefined;
  };
}

/** A text with more characters for each token than this hardly ever fits. */
const CHARACTERS_PER_TOKEN = 8;

/** Returns the end of a dialogue that fits: as many of its last turns as possible, or else of the last words. */
function longestEnd(partial: string, fits: (text: string) => boolean): string | undefined {
  const lines = partial.split("\n");
  const turns = itemsToDrop(lines.length - 1, (count) => fits(lines.slice(count).join("\n")));
  if (turns !== undefined) return lines.slice(turns).join("\n");
  const words = (lines.at(-1) ?? "").split(" ");
  const dropped = itemsToDrop(words.length, (count) => fits(words.slice(count).join(" ")));
  return dropped === undefined ? undefined : words.slice(dropped).join(" ");
}

/** Generates turns: the child writes the next turn of each dialogue, and the teacher writes a better version of it. */
export class Exchange {
  readonly child: Participant;
  readonly teacher: Participant | undefined;
  /** End and padding ids of the child. */
  readonly childIds: TokenIds;
  /** End and padding ids of the teacher. */
  readonly teacherIds: TokenIds | undefined;
  /** Chat form of the teacher. */
  readonly teacherChat: TeacherChat | undefined;
  readonly #options: ExchangeOptions;
  readonly #lineFeeds: readonly number[];
  #warnedOfTruncation = false;

  /**
   * @param sibling an exchange with the same teacher and options; what it has warned of is not logged again
   * @throws DialoguePpoError ERR_TOKENIZER when a tokenizer does not belong to its model, or when the teacher has no
   *   usable chat form
   */
  constructor(
    child: Participant,
    teacher: Participant | undefined,
    options: ExchangeOptions,
    sibling?: Exchange,
  ) {
    this.child = child;
    this.teacher = teacher;
    this.#options = options;
    this.childIds = resolveTokenIds("child", child.model, child.tokenizer, child.ids);
    for (const note of this.childIds.notes) {
      if (!sibling?.childIds.notes.includes(note)) options.log?.warn(`the child ${note}`);
    }
    if (sibling) {
      this.teacherChat = sibling.teacherChat;
      this.teacherIds = sibling.teacherIds;
    } else if (teacher) {
      const { model, tokenizer, ids } = teacher;
      this.teacherChat = new TeacherChat(tokenizer, options.chat, options.log);
      this.teacherIds = resolveTokenIds("teacher", model, tokenizer, ids, this.teacherChat.endId);
      for (const note of this.teacherIds.notes) options.log?.warn(`the teacher ${note}`);
    }
    // A turn is one line. The token that ends it belongs to the response, so that the child learns to end its turns.
    this.#lineFeeds = child.tokenizer.idsContaining("\n").filter((id) => id < child.model.config.vocabSize);
  }

  /** Returns an exchange between another child, such as the child before training, and the same teacher. */
  withChild(child: Participant): Exchange {
    return new Exchange(child, this.teacher, this.#options, this);
  }

  /**
   * Generates a batch: first all turns of the child, then all turns of the teacher.
   * @returns one sample per prompt, in the same order
   * @throws DialoguePpoError ERR_DATA when a teacher prompt does not fit, ERR_ABORTED when the signal aborts
   */
  async run(
    prompts: readonly Prompt[],
    seedFor: SeedFunction,
    call: ExchangeCall = {},
  ): Promise<ExchangeSample[]> {
    const began = performance.now();
    const promptIds = prompts.map(({ text }) => this.child.tokenizer.encodePrompt(text));
    const sequences = await this.#generateChildTurns(promptIds, seedFor, call);
    const childDone = performance.now();
    call.onPhase?.("child", (childDone - began) / 1000);
    const children = sequences.map((ids) => childTurn(this.child.tokenizer.decode(ids)));
    await call.onChildTurns?.(children);
    const teacherTurns = await this.#generateTeacherTurns(prompts, children, seedFor, call);
    call.onPhase?.("teacher", (performance.now() - childDone) / 1000);
    const ends = new Set([...this.childIds.endIds, ...this.#lineFeeds]);
    return prompts.map(({ id, text, turns, speaker, human }, index) => {
      const childIds = sequences[index] as Int32Array;
      const teachers = teacherTurns[index] ?? [];
      return {
        id,
        prompt: text,
        turns,
        speaker,
        child: children[index] as string,
        teacher: teachers[0] ?? "",
        teachers,
        human,
        promptIds: promptIds[index] as Int32Array,
        childIds,
        ended: ends.has(childIds.at(-1) ?? -1),
      };
    });
  }

  async #generateChildTurns(
    prompts: Int32Array[],
    seedFor: SeedFunction,
    { signal, onChildToken }: ExchangeCall,
  ): Promise<Int32Array[]> {
    const { model, sampling } = this.child;
    const { sequences } = await model.generate({
      prompts,
      maxNewTokens: this.#options.maxNewTokens,
      doSample: true,
      ...sampling,
      eosTokenIds: this.childIds.endIds,
      stopTokenIds: this.#lineFeeds,
      autocastBf16: this.#options.autocastBf16 ?? false,
      seed: prompts.map((_, sample) => seedFor(sample, "child", 0)),
      onToken: onChildToken,
      signal,
    });
    return sequences;
  }

  async #generateTeacherTurns(
    prompts: readonly Prompt[],
    children: readonly string[],
    seedFor: SeedFunction,
    { signal, onTeacherTurn }: ExchangeCall,
  ): Promise<string[][]> {
    const { teacher } = this;
    if (!teacher) return prompts.map(() => []);
    const { teacherSamples: count = 1, maxNewTokens } = this.#options;
    const encoded = prompts.map(
      ({ partial }, index) => this.promptForTeacher(partial, children[index] ?? "").ids,
    );
    const rows = encoded.flatMap((ids) => Array.from({ length: count }, () => ids));
    const ends = new Set(this.teacherIds?.endIds);
    const hasEnd = (ids: Int32Array | readonly number[]): boolean => ends.has(ids.at(-1) ?? -1);
    // Not every token that ends a turn is a special token, which decoding leaves out.
    const textOf = (ids: Int32Array | readonly number[]): string =>
      teacherTurn(teacher.tokenizer.decode(hasEnd(ids) ? ids.slice(0, -1) : ids));
    const isComplete = (ids: readonly number[]): boolean => ids.length === maxNewTokens || hasEnd(ids);
    const { sequences } = await teacher.model.generate({
      prompts: rows,
      maxNewTokens,
      doSample: true,
      ...teacher.sampling,
      eosTokenIds: this.teacherIds?.endIds ?? [],
      seed: rows.map((_, row) => seedFor(Math.floor(row / count), "teacher", row % count)),
      onToken:
        onTeacherTurn &&
        rowListener(rows.length, isComplete, (row, ids) =>
          onTeacherTurn(Math.floor(row / count), textOf(ids)),
        ),
      signal,
    });
    const texts = sequences.map(textOf);
    return prompts.map((_, index) => texts.slice(index * count, (index + 1) * count));
  }

  /**
   * Writes the teacher's prompt. Special tokens in the dialogue are encoded as plain text. A prompt that exceeds the
   * teacher's positions loses its oldest turns and, if the last turn alone is too long, the first words of it.
   *
   * @throws DialoguePpoError ERR_DATA when the prompt does not fit without a dialogue; ERR_CONFIG when there is no
   *   teacher
   */
  promptForTeacher(partial: string, child: string): TeacherPrompt {
    const { teacher, teacherChat } = this;
    if (!teacher || !teacherChat) throw new DialoguePpoError("ERR_CONFIG", "there is no teacher");
    const { maxNewTokens, log = silentLogger } = this.#options;
    const limit = teacher.model.config.maxPositions - maxNewTokens;
    // Encoding takes about a millisecond, and the prompt that fits was mostly written last.
    let last: { readonly text: string; readonly prompt: TeacherPrompt } | undefined;
    const write = (text: string): TeacherPrompt => {
      if (last?.text !== text) last = { text, prompt: teacherChat.prompt(text, child) };
      return last.prompt;
    };
    const fits = (text: string): boolean => write(text).ids.length <= limit;
    // Nearly all dialogues fit, and a search would encode them several times.
    const fitsWhole = partial.length <= CHARACTERS_PER_TOKEN * limit && fits(partial);
    const fitted = fitsWhole ? partial : longestEnd(partial, fits);
    if (fitted === undefined) {
      throw new DialoguePpoError(
        "ERR_DATA",
        `the teacher's prompt has ${write("").ids.length} tokens without a dialogue and does not fit in its ${limit}; ` +
          "lower --max-new-tokens",
      );
    }
    if (fitted !== partial && !this.#warnedOfTruncation) {
      this.#warnedOfTruncation = true;
      log.warn(`a prompt of the teacher exceeds its ${limit} tokens: such prompts lose their oldest turns`);
    }
    return write(fitted);
  }
}
