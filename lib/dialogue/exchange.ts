import { DialoguePpoError } from "../errors.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { agreeOnIds, type IdOverrides, type TokenIds } from "./agreement.ts";
import { type ChatOptions, teacherPrompt } from "./chat.ts";
import { childTurn, teacherTurn } from "./cut.ts";
import type { Prompt } from "./prompt.ts";

/** How one of the two draws its turns; an absent option is off. */
export interface Sampling {
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
}

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
}

/** One dialogue after the exchange. */
export interface ExchangeSample {
  readonly prompt: Prompt;
  readonly promptIds: Int32Array;
  /** New tokens of the child, the one that ended its turn included. */
  readonly childIds: Int32Array;
  /** The child's turn as it is scored. */
  readonly child: string;
  /** The teacher's turns as they are scored; empty without a teacher. */
  readonly teachers: readonly string[];
  /** Whether the child ended its turn itself. */
  readonly ended: boolean;
}

/** Draws of one sample: who draws, and for the teacher which of its turns. */
export type SeedOf = (sample: number, role: "child" | "teacher", turn: number) => number;

const definedOnly = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

/** The child writes the next turn of each dialogue, the teacher improves on it. */
export class Exchange {
  readonly child: Participant;
  readonly teacher: Participant | undefined;
  readonly childIds: TokenIds;
  readonly teacherIds: TokenIds | undefined;
  readonly #options: ExchangeOptions;
  readonly #lineFeeds: readonly number[];
  /** Prompts of the teacher that had to lose their oldest turns to fit its positions. */
  teacherTruncated = 0;

  /** @throws DialoguePpoError ERR_TOKENIZER when a tokenizer does not belong to its model */
  constructor(child: Participant, teacher: Participant | undefined, options: ExchangeOptions) {
    this.child = child;
    this.teacher = teacher;
    this.#options = options;
    this.childIds = agreeOnIds("child", child.model, child.tokenizer, child.ids);
    if (teacher) this.teacherIds = agreeOnIds("teacher", teacher.model, teacher.tokenizer, teacher.ids);
    // A turn is one line: whatever ends it stays in the response, so that the child learns to end its turns.
    this.#lineFeeds = child.tokenizer.idsContaining("\n").filter((id) => id < child.model.config.vocabSize);
  }

  /** Runs a batch: first all children, then all teachers. */
  async run(
    prompts: readonly Prompt[],
    seedOf: SeedOf,
    options: {
      signal?: AbortSignal | undefined;
      onPhase?: (phase: "child" | "teacher", seconds: number) => void;
      /** Called with each token of the child as it is drawn. */
      onChildToken?: ((row: number, token: number) => void) | undefined;
    } = {},
  ): Promise<ExchangeSample[]> {
    const began = performance.now();
    const promptIds = prompts.map(({ text }) => this.child.tokenizer.encode(text));
    const sequences = await this.#childTurns(promptIds, seedOf, options);
    const middle = performance.now();
    options.onPhase?.("child", (middle - began) / 1000);
    const children = sequences.map((ids) => childTurn(this.child.tokenizer.decode(ids)));
    const teachers = await this.#teacherTurns(prompts, children, seedOf, options.signal);
    options.onPhase?.("teacher", (performance.now() - middle) / 1000);
    const ends = new Set([...this.childIds.endIds, ...this.#lineFeeds]);
    return prompts.map((prompt, index) => {
      const childIds = sequences[index] as Int32Array;
      return {
        prompt,
        promptIds: promptIds[index] as Int32Array,
        childIds,
        child: children[index] as string,
        teachers: teachers[index] ?? [],
        ended: ends.has(childIds.at(-1) ?? -1),
      };
    });
  }

  async #childTurns(
    prompts: Int32Array[],
    seedOf: SeedOf,
    options: {
      signal?: AbortSignal | undefined;
      onChildToken?: ((row: number, token: number) => void) | undefined;
    },
  ): Promise<Int32Array[]> {
    const { model, sampling = {} } = this.child;
    const { sequences } = await model.generate({
      prompts,
      maxNewTokens: this.#options.maxNewTokens,
      doSample: true,
      ...definedOnly(sampling as { temperature?: number; topK?: number; topP?: number }),
      eosTokenIds: this.childIds.endIds,
      stopTokenIds: this.#lineFeeds,
      seed: prompts.map((_, sample) => seedOf(sample, "child", 0)),
      ...(options.onChildToken ? { onToken: options.onChildToken } : {}),
      signal: options.signal,
    });
    return sequences;
  }

  async #teacherTurns(
    prompts: readonly Prompt[],
    children: readonly string[],
    seedOf: SeedOf,
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
      ...definedOnly((teacher.sampling ?? {}) as { temperature?: number; topK?: number; topP?: number }),
      eosTokenIds: this.teacherIds?.endIds ?? [],
      seed: rows.map((_, row) => seedOf(Math.floor(row / count), "teacher", row % count)),
      signal,
    });
    const texts = sequences.map((ids) => teacherTurn(teacher.tokenizer.decode(ids)));
    return prompts.map((_, index) => texts.slice(index * count, (index + 1) * count));
  }

  /**
   * Ids of the teacher's prompt; the dialogue inside cannot forge special tokens. Oldest turns go first when it would
   * exceed the teacher's positions.
   */
  encodeForTeacher(partial: string, child: string): Int32Array {
    const { teacher } = this;
    if (!teacher) throw new DialoguePpoError("ERR_CONFIG", "there is no teacher");
    const limit = teacher.model.config.maxPositions - this.#options.maxNewTokens;
    let lines = partial.split("\n");
    for (;;) {
      const parts = teacherPrompt(lines.join("\n"), child, this.#options.chat).map(({ text, special }) =>
        teacher.tokenizer.encode(text, { addSpecialTokens: false, allowSpecial: special }),
      );
      const ids = Int32Array.from(parts.flatMap((part) => [...part]));
      if (ids.length <= limit) {
        if (lines.length < partial.split("\n").length) this.teacherTruncated += 1;
        return ids;
      }
      if (lines.length < 2) {
        throw new DialoguePpoError(
          "ERR_DATA",
          `the teacher's prompt has ${ids.length} tokens and does not fit in its ${limit}; lower --max-new-tokens or --max-words`,
        );
      }
      lines = lines.slice(1);
    }
  }
}
