import { DialoguePpoError } from "../errors.ts";
import { type Logger, silentLogger } from "../log.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { Sample } from "../sample.ts";
import { type IdOverrides, resolveTokenIds, type TokenIds } from "./agreement.ts";
import { type ChatOptions, teacherPrompt } from "./chat.ts";
import { itemsToDrop } from "./fit.ts";
import type { Prompt } from "./prompt.ts";
import { childTurn, teacherTurn } from "./turn-text.ts";

/** Sampling options of a participant; an absent option is off. */
export interface Sampling {
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
}

/** A model that writes turns, with its tokenizer. */
export interface Participant {
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
  readonly sampling?: Sampling;
  readonly ids?: IdOverrides;
}

export interface ExchangeOptions {
  readonly maxNewTokens: number;
  /** Teacher turns a sample. Default 1. */
  readonly teacherSamples?: number;
  readonly chat?: ChatOptions;
  /** Warned once when a teacher prompt has to lose its oldest turns. */
  readonly log?: Logger;
}

/** A sample with the child's tokens, as PPO needs them. */
export interface ExchangeSample extends Sample {
  readonly promptIds: Int32Array;
  /** The child's new tokens, including the one that ended the turn. */
  readonly childIds: Int32Array;
  /** Whether the child ended its turn itself, rather than at the token limit. */
  readonly ended: boolean;
}

/** Returns the seed of one draw: sample and role, and for the teacher which of its turns. */
export type SeedFunction = (sample: number, role: "child" | "teacher", turn: number) => number;

/** Listeners of one exchange. */
export interface ExchangeCall {
  readonly signal?: AbortSignal | undefined;
  readonly onPhase?: (phase: "child" | "teacher", seconds: number) => void;
  /** Called with each of the child's tokens as soon as it is drawn. */
  readonly onChildToken?: ((row: number, token: number) => void) | undefined;
}

function samplingOptions({ temperature, topK, topP }: Sampling = {}): {
  temperature?: number;
  topK?: number;
  topP?: number;
} {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topK !== undefined && { topK }),
    ...(topP !== undefined && { topP }),
  };
}

/** The child writes the next turn of each dialogue, and the teacher improves on it. */
export class Exchange {
  readonly child: Participant;
  readonly teacher: Participant | undefined;
  readonly childIds: TokenIds;
  readonly teacherIds: TokenIds | undefined;
  readonly #options: ExchangeOptions;
  readonly #lineFeeds: readonly number[];
  #warnedOfTruncation = false;

  /** @throws DialoguePpoError ERR_TOKENIZER when a tokenizer does not belong to its model */
  constructor(child: Participant, teacher: Participant | undefined, options: ExchangeOptions) {
    this.child = child;
    this.teacher = teacher;
    this.#options = options;
    this.childIds = resolveTokenIds("child", child.model, child.tokenizer, child.ids);
    if (teacher) this.teacherIds = resolveTokenIds("teacher", teacher.model, teacher.tokenizer, teacher.ids);
    // A turn is one line. The token that ends it stays in the response, so that the child learns to end its turns.
    this.#lineFeeds = child.tokenizer.idsContaining("\n").filter((id) => id < child.model.config.vocabSize);
  }

  /** Runs a batch: first all turns of the child, then all turns of the teacher. */
  async run(
    prompts: readonly Prompt[],
    seedOf: SeedFunction,
    call: ExchangeCall = {},
  ): Promise<ExchangeSample[]> {
    const began = performance.now();
    const promptIds = prompts.map(({ text }) => this.child.tokenizer.encode(text));
    const sequences = await this.#childTurns(promptIds, seedOf, call);
    const childDone = performance.now();
    call.onPhase?.("child", (childDone - began) / 1000);
    const children = sequences.map((ids) => childTurn(this.child.tokenizer.decode(ids)));
    const teacherTurns = await this.#teacherTurns(prompts, children, seedOf, call.signal);
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

  async #childTurns(
    prompts: Int32Array[],
    seedOf: SeedFunction,
    { signal, onChildToken }: ExchangeCall,
  ): Promise<Int32Array[]> {
    const { model, sampling } = this.child;
    const { sequences } = await model.generate({
      prompts,
      maxNewTokens: this.#options.maxNewTokens,
      doSample: true,
      ...samplingOptions(sampling),
      eosTokenIds: this.childIds.endIds,
      stopTokenIds: this.#lineFeeds,
      seed: prompts.map((_, sample) => seedOf(sample, "child", 0)),
      ...(onChildToken ? { onToken: onChildToken } : {}),
      signal,
    });
    return sequences;
  }

  async #teacherTurns(
    prompts: readonly Prompt[],
    children: readonly string[],
    seedOf: SeedFunction,
    signal?: AbortSignal,
  ): Promise<string[][]> {
    const { teacher } = this;
    if (!teacher) return prompts.map(() => []);
    const count = this.#options.teacherSamples ?? 1;
    const encoded = prompts.map((prompt, index) =>
      this.encodeForTeacher(prompt.partial, children[index] ?? ""),
    );
    const rows = encoded.flatMap((ids) => Array.from({ length: count }, () => ids));
    const { sequences } = await teacher.model.generate({
      prompts: rows,
      maxNewTokens: this.#options.maxNewTokens,
      doSample: true,
      ...samplingOptions(teacher.sampling),
      eosTokenIds: this.teacherIds?.endIds ?? [],
      seed: rows.map((_, row) => seedOf(Math.floor(row / count), "teacher", row % count)),
      signal,
    });
    const texts = sequences.map((ids) => teacherTurn(teacher.tokenizer.decode(ids)));
    return prompts.map((_, index) => texts.slice(index * count, (index + 1) * count));
  }

  /**
   * Encodes the teacher's prompt. Special tokens that the dialogue spells out stay plain text. When the prompt exceeds the
   * teacher's positions, it loses the oldest turns.
   * @throws DialoguePpoError ERR_DATA when not even the last turn fits
   */
  encodeForTeacher(partial: string, child: string): Int32Array {
    const { teacher } = this;
    if (!teacher) throw new DialoguePpoError("ERR_CONFIG", "there is no teacher");
    const { maxNewTokens, chat, log = silentLogger } = this.#options;
    const limit = teacher.model.config.maxPositions - maxNewTokens;
    const lines = partial.split("\n");
    const encode = (dropped: number): Int32Array => {
      const parts = teacherPrompt(lines.slice(dropped).join("\n"), child, chat).map(({ text, special }) =>
        teacher.tokenizer.encode(text, { addSpecialTokens: false, allowSpecial: special }),
      );
      return Int32Array.from(parts.flatMap((part) => [...part]));
    };
    const dropped = itemsToDrop(lines.length - 1, (count) => encode(count).length <= limit);
    if (dropped === undefined) {
      throw new DialoguePpoError(
        "ERR_DATA",
        `the teacher's prompt has ${encode(lines.length - 1).length} tokens and does not fit in its ${limit}; lower --max-new-tokens or --max-words`,
      );
    }
    if (dropped > 0 && !this.#warnedOfTruncation) {
      this.#warnedOfTruncation = true;
      log.warn(`a prompt of the teacher exceeds its ${limit} tokens: such prompts lose their oldest turns`);
    }
    return encode(dropped);
  }
}
