import { Environment, Template } from "@huggingface/jinja";
import { DialoguePpoError } from "../errors.ts";
import { adaptTemplate, PythonInterpreter } from "./python-jinja.ts";

/** One message of a chat. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** Thrown when a template calls `raise_exception`, for example because it has no system messages. */
export class TemplateRefusal extends Error {}

/** Options of a {@link ChatTemplate}. */
export interface TemplateOptions {
  /** Texts of the tokenizer's special tokens by role, such as `bos_token`. */
  readonly specialTokens: Readonly<Record<string, unknown>>;
  /** Date such as "26 Jul 2024" for templates that tell the model a date. Default: the date in the template. */
  readonly date?: string | undefined;
}

// The date that Llama's templates have as a default. A template that asks for today's date and has no default gets it,
// because a resumed run must send the same prompts as the run that it resumes.
const DEFAULT_DATE = "26 Jul 2024";

const padded = (value: number, width = 2, fill = "0"): string => String(value).padStart(width, fill);

const MS_A_DAY = 86_400_000;

/** Returns the day of the year, from 1. */
function dayOfYear(date: Date): number {
  const year = date.getFullYear();
  return (Date.UTC(year, date.getMonth(), date.getDate()) - Date.UTC(year, 0, 0)) / MS_A_DAY;
}

/**
 * Returns a date in a format of Python's `strftime`, with English names.
 * @throws Error for a directive that is not followed
 */
function strftime(date: Date, format: string): string {
  const named = (options: Intl.DateTimeFormatOptions): string => date.toLocaleString("en-US", options);
  const fields: Record<string, () => string> = {
    Y: () => String(date.getFullYear()),
    y: () => padded(date.getFullYear() % 100),
    m: () => padded(date.getMonth() + 1),
    d: () => padded(date.getDate()),
    e: () => padded(date.getDate(), 2, " "),
    j: () => padded(dayOfYear(date), 3),
    B: () => named({ month: "long" }),
    b: () => named({ month: "short" }),
    A: () => named({ weekday: "long" }),
    a: () => named({ weekday: "short" }),
    H: () => padded(date.getHours()),
    I: () => padded(date.getHours() % 12 || 12),
    M: () => padded(date.getMinutes()),
    S: () => padded(date.getSeconds()),
    p: () => (date.getHours() < 12 ? "AM" : "PM"),
    D: () => strftime(date, "%m/%d/%y"),
    x: () => strftime(date, "%m/%d/%y"),
    F: () => strftime(date, "%Y-%m-%d"),
    T: () => strftime(date, "%H:%M:%S"),
    X: () => strftime(date, "%H:%M:%S"),
    "%": () => "%",
  };
  return format.replace(/%(-?)(.?)/gsu, (directive: string, dash: string, field: string) => {
    const text = Object.hasOwn(fields, field) ? fields[field]?.() : undefined;
    if (text === undefined)
      throw new Error(`strftime_now with ${JSON.stringify(directive)} is not supported`);
    return dash ? text.replace(/^[0 ]+(?=.)/, "") : text;
  });
}

function parseDate(text: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `date ${JSON.stringify(text)}: expected a date such as "${DEFAULT_DATE}"`,
  );
}

function range(first: number, end?: number, step = 1): number[] {
  const [from, to] = end === undefined ? [0, first] : [first, end];
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, at) => from + at * step);
}

/** A Jinja template that renders messages as transformers' `apply_chat_template` does. */
export class ChatTemplate {
  readonly #program: Template["parsed"];
  readonly #globals: Readonly<Record<string, unknown>>;

  /** @throws Error when the template is not valid; DialoguePpoError ERR_CONFIG when the date is not one */
  constructor(source: string, { specialTokens, date }: TemplateOptions) {
    // Jinja reads every line end as a line feed.
    this.#program = adaptTemplate(new Template(source.replace(/\r\n?/g, "\n")).parsed);
    // A template that tests whether strftime_now is defined has a date of its own for the case that it is not.
    const hasDefault = /strftime_now(?!\s*\()/.test(source);
    const now = parseDate(date ?? DEFAULT_DATE);
    this.#globals = {
      ...specialTokens,
      ...{ true: true, True: true, false: false, False: false, none: null, None: null },
      range,
      raise_exception: (message: unknown) => {
        throw new TemplateRefusal(String(message));
      },
      ...(date !== undefined && { date_string: date }),
      ...((date !== undefined || !hasDefault) && { strftime_now: (format: string) => strftime(now, format) }),
      tools: null,
      documents: null,
    };
  }

  /**
   * Returns the text of the messages.
   *
   * @param addGenerationPrompt whether the text ends with the header of the assistant's next message
   * @throws TemplateRefusal when the template refuses the messages; any other error when it cannot be rendered
   */
  render(messages: readonly ChatMessage[], addGenerationPrompt: boolean): string {
    const environment = new Environment();
    const values = { ...this.#globals, messages, add_generation_prompt: addGenerationPrompt };
    for (const [name, value] of Object.entries(values)) environment.set(name, value);
    return String(new PythonInterpreter(environment).run(this.#program).value);
  }
}
