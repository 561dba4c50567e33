import { DialoguePpoError, messageOf } from "../errors.ts";
import { type Logger, silentLogger } from "../log.ts";
import { escapeRegex } from "../model/escape-regex.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { type ChatOptions, joinSystem, LLAMA3_MARKERS, LLAMA3_TEMPLATE, teacherMessages } from "./chat.ts";
import { type ChatMessage, ChatTemplate, TemplateRefusal } from "./chat-template.ts";

/** A marker of the chat form, such as `<|im_start|>`. */
export interface ChatMarker {
  readonly text: string;
  /** Its id; undefined when the tokenizer spells it out in several tokens. */
  readonly id: number | undefined;
}

/** A prompt of the teacher. */
export interface TeacherPrompt {
  readonly text: string;
  readonly ids: Int32Array;
}

// Private characters, which no template changes. They stand for a text whose place in the prompt is wanted.
const SENTINEL = "\uE000\uF8FF\uE000";
const MARKER = /<<?[/|｜]?[\w｜|▁:.-]+>>?|\[\/?[A-Z_]+\]/gu;

/** Writes the teacher's prompts in the chat form of the teacher: its own chat template, or Llama 3's form. */
export class TeacherChat {
  readonly tokenizer: Tokenizer;
  /** Where the form comes from. */
  readonly form: "chat_template" | "Llama 3 form";
  /** Whether the text of the system message stands in the user message, because the template has no system messages. */
  readonly joinsSystem: boolean;
  /** Markers in a prompt, each once. */
  readonly markers: readonly ChatMarker[];
  /** Id of the token after a message of the assistant; undefined when that is no single token. */
  readonly endId: number | undefined;
  readonly #template: ChatTemplate;
  readonly #options: ChatOptions;
  readonly #log: Logger;
  readonly #markerTexts: RegExp;
  readonly #frame: { readonly head: string; readonly tail: string } | undefined;
  #warnedOfMarkers = false;

  /**
   * @throws DialoguePpoError ERR_TOKENIZER when the tokenizer has no usable chat template and lacks Llama 3's markers;
   *   ERR_CONFIG for an invalid date
   */
  constructor(tokenizer: Tokenizer, options: ChatOptions = {}, log: Logger = silentLogger) {
    this.tokenizer = tokenizer;
    this.form = tokenizer.chatTemplate === undefined ? "Llama 3 form" : "chat_template";
    this.#options = options;
    this.#log = log;
    this.#template = this.#parse(tokenizer.chatTemplate ?? llama3Template(tokenizer));
    this.joinsSystem = !this.#takesSystem();
    if (this.joinsSystem) {
      log.info(
        "the teacher's chat_template has no system message: its text is put before the user's message",
      );
    }
    const prompt = this.#renderUser(SENTINEL);
    const [head, tail, ...more] = prompt.split(SENTINEL);
    if (tail === undefined) throw this.#unusable(new Error("it leaves out the user's message"));
    if (head !== undefined && more.length === 0) this.#frame = { head, tail };
    const texts = new Set(prompt.match(MARKER));
    this.markers = [...texts].map((text) => ({ text, id: this.#singleId(text) }));
    this.#markerTexts = this.#patternOfMarkers();
    this.endId = this.#findEndId();
  }

  /**
   * Writes a prompt. Text and ids are those of transformers' `apply_chat_template`, except that the text of a special
   * token in the dialogue remains plain text.
   *
   * @param partial the partial dialogue, with speaker labels
   * @param childTurn the child's next turn
   */
  prompt(partial: string, childTurn: string): TeacherPrompt {
    const { content } = teacherMessages(partial, childTurn, this.#options.wording)[1];
    const text = this.#renderUser(content);
    if (this.#markerTexts.test(content)) return this.#promptWithMarkers(content, text);
    return { text, ids: this.#encode(text, true) };
  }

  #encode(text: string, allowSpecial: boolean): Int32Array {
    return this.tokenizer.encode(text, { addSpecialTokens: false, allowSpecial });
  }

  /** Encodes a prompt in three parts, so that markers in the user's message are encoded as plain text. */
  #promptWithMarkers(content: string, text: string): TeacherPrompt {
    const { head, tail } = this.#frame ?? {};
    if (head !== undefined && tail !== undefined && text.startsWith(head) && text.endsWith(tail)) {
      const plain = this.#encode(text.slice(head.length, text.length - tail.length), false);
      if (!this.markers.some(({ id }) => id !== undefined && plain.includes(id))) {
        return {
          text,
          ids: Int32Array.from([...this.#encode(head, true), ...plain, ...this.#encode(tail, true)]),
        };
      }
    }
    if (!this.#warnedOfMarkers) {
      this.#warnedOfMarkers = true;
      this.#log.warn(
        "a dialogue has the text of a special token, which the teacher's chat form cannot keep as plain text: it is left out",
      );
    }
    const without = content.split(new RegExp(this.#markerTexts.source, "g")).join(" ");
    const prompt = this.#renderUser(without);
    return { text: prompt, ids: this.#encode(prompt, true) };
  }

  #renderUser(content: string): string {
    const [system] = teacherMessages("", "", this.#options.wording);
    const messages: ChatMessage[] = [system, { role: "user", content }];
    return this.#render(this.joinsSystem ? joinSystem(messages) : messages, true);
  }

  #parse(source: string): ChatTemplate {
    const { specialTokens } = this.tokenizer;
    try {
      return new ChatTemplate(source, { specialTokens, date: this.#options.date });
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  #render(messages: readonly ChatMessage[], addGenerationPrompt: boolean): string {
    try {
      return this.#template.render(messages, addGenerationPrompt);
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  #unusable(cause: unknown): unknown {
    if (cause instanceof DialoguePpoError) return cause;
    const did = cause instanceof TemplateRefusal ? "refuses the teacher's messages" : "cannot be rendered";
    return new DialoguePpoError(
      "ERR_TOKENIZER",
      `${this.tokenizer.directory}: its chat_template ${did}: ${messageOf(cause)}; expected one that renders a system and a user message`,
      { cause },
    );
  }

  /** Returns whether the template renders a system message. Some templates refuse it, and some leave it out. */
  #takesSystem(): boolean {
    try {
      const messages = teacherMessages("", "", { system: SENTINEL, request: "" });
      return this.#template.render(messages, true).includes(SENTINEL);
    } catch (error) {
      if (error instanceof TemplateRefusal) return false;
      throw this.#unusable(error);
    }
  }

  #singleId(text: string): number | undefined {
    const ids = this.#encode(text, true);
    return ids.length === 1 ? ids[0] : undefined;
  }

  /** Returns a pattern of the texts that become one token in a prompt, the longest first. */
  #patternOfMarkers(): RegExp {
    const { specialIds } = this.tokenizer;
    const specials = [...specialIds].map((id) => this.tokenizer.decode([id], { skipSpecialTokens: false }));
    const single = this.markers.flatMap(({ text, id }) => (id === undefined ? [] : [text]));
    const texts = [...new Set([...specials, ...single])].filter((text) => text.trim() !== "");
    const longestFirst = texts.toSorted((a, b) => b.length - a.length).map(escapeRegex);
    return new RegExp(longestFirst.join("|") || "(?!)");
  }

  /** Returns the id of the token with which the template ends a message of the assistant. */
  #findEndId(): number | undefined {
    const user: ChatMessage = { role: "user", content: "." };
    let text: string;
    try {
      text = this.#template.render([user, { role: "assistant", content: SENTINEL }], false);
    } catch {
      // A template for prompts only need not render messages of the assistant.
      return undefined;
    }
    const after = text.split(SENTINEL)[1]?.trimStart() ?? "";
    const [end] = after.match(MARKER) ?? [];
    return end !== undefined && after.startsWith(end) ? this.#singleId(end) : undefined;
  }
}

/**
 * Returns Llama 3's template.
 * @throws DialoguePpoError ERR_TOKENIZER when one of its markers is not a single token of the tokenizer
 */
function llama3Template(tokenizer: Tokenizer): string {
  const options = { addSpecialTokens: false, allowSpecial: true };
  const missing = LLAMA3_MARKERS.filter((marker) => tokenizer.encode(marker, options).length !== 1);
  if (missing.length === 0) return LLAMA3_TEMPLATE;
  throw new DialoguePpoError(
    "ERR_TOKENIZER",
    `${tokenizer.directory}: tokenizer_config.json has no chat_template, and the tokenizer lacks Llama 3's ` +
      `${missing.join(", ")}; pass a teacher with a chat_template, such as an instruction-tuned model`,
  );
}
