import { tokenBytes } from "./byte-alphabet.ts";
import type { Json } from "./json-file.ts";
import { checkedComponent, componentsOf, patternSource, prependScheme } from "./tokenizer-components.ts";

/** One step of decoding. It takes tokens one by one and returns those that are complete. */
interface Step {
  push(token: string): string[];
  /** Returns what is still held back at the end. The next token begins a new text. */
  flush(): string[];
}

/** Creates the state of a step for one text. */
type StepMaker = () => Step;

const mapped = (change: (token: string, index: number) => string): StepMaker => {
  return () => {
    let index = 0;
    return {
      push: (token) => [change(token, index++)],
      flush: () => {
        index = 0;
        return [];
      },
    };
  };
};

/** Holds all tokens back and changes their text at the end. */
const whole = (change: (text: string) => string): StepMaker => {
  return () => {
    let text = "";
    return {
      push: (token) => {
        text += token;
        return [];
      },
      flush: () => {
        const all = text;
        text = "";
        return [change(all)];
      },
    };
  };
};

/** What a token in the byte alphabet stands for. */
interface TokenContent {
  readonly bytes: Uint8Array;
  /** The text, if all characters are ASCII, so that it does not depend on the tokens around it. */
  readonly ascii: string | undefined;
}

function contentOf(token: string): TokenContent {
  const bytes = tokenBytes(token);
  return { bytes, ascii: bytes.every(isAscii) ? Buffer.from(bytes).toString("latin1") : undefined };
}

const isAscii = (byte: number): boolean => byte < 0x80;

/** Bytes in the byte alphabet become text as soon as the characters are complete. */
function byteLevel(): StepMaker {
  const known = new Map<string, TokenContent>();
  const look = (token: string): TokenContent => {
    let content = known.get(token);
    if (!content) {
      content = contentOf(token);
      known.set(token, content);
    }
    return content;
  };
  return () => {
    const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
    // Whether the bytes so far may end within a character. ASCII text needs no decoder, which takes a microsecond.
    let isOpen = false;
    return {
      push: (token) => {
        const { bytes, ascii } = look(token);
        if (ascii !== undefined && !isOpen) return [ascii];
        isOpen = !isAscii(bytes.at(-1) ?? 0x80);
        return [utf8.decode(bytes, { stream: true })];
      },
      flush: () => {
        isOpen = false;
        return [utf8.decode()];
      },
    };
  };
}

const utf8Strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Returns the text of a run of bytes. As in the `tokenizers` library, an invalid run is replaced byte by byte. */
function runText(bytes: readonly number[]): string {
  try {
    return utf8Strict.decode(Uint8Array.from(bytes));
  } catch {
    return "\ufffd".repeat(bytes.length);
  }
}

/** Returns the byte that a token such as `<0x0A>` stands for. */
function fallbackByte(token: string): number | undefined {
  const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
}

/** A run of byte tokens becomes text when the run ends, because it is valid or invalid as a whole. */
const byteFallback: StepMaker = () => {
  let run: number[] = [];
  const take = (): string[] => {
    const text = run.length > 0 ? [runText(run)] : [];
    run = [];
    return text;
  };
  return {
    push: (token) => {
      const byte = fallbackByte(token);
      if (byte === undefined) return [...take(), token];
      run.push(byte);
      return [];
    },
    flush: take,
  };
};

function stripped(token: string, content: string, start: number, stop: number): string {
  const chars = [...token];
  let from = 0;
  while (from < start && chars[from] === content) from++;
  let to = chars.length;
  while (to > from && chars.length - to < stop && chars[to - 1] === content) to--;
  return chars.slice(from, to).join("");
}

/** Removes characters at the start of a text that arrives in pieces. */
const stripStart = (content: string, count: number): StepMaker => {
  return () => {
    let left = count;
    return {
      push: (token) => {
        let text = token;
        while (left > 0 && text.startsWith(content)) {
          text = text.slice(content.length);
          left--;
        }
        if (text !== "") left = 0;
        return [text];
      },
      flush: () => {
        left = count;
        return [];
      },
    };
  };
};

/**
 * Creates the step of a Strip component.
 * @param fused whether the tokens before the step form one text, whose start and end are then stripped
 */
function strip(step: Json, fused: boolean): StepMaker {
  const content = String(step.content ?? " ");
  const [start, stop] = [Number(step.start ?? 0), Number(step.stop ?? 0)];
  if (!fused) return mapped((token) => stripped(token, content, start, stop));
  return stop === 0 ? stripStart(content, start) : whole((text) => stripped(text, content, start, stop));
}

/**
 * Creates the step of a Replace component.
 * @param fused whether the tokens before the step form one text, in which a match can then span tokens
 */
function replace(step: Json, fused: boolean): StepMaker {
  const { String: text, Regex: regex } = (step.pattern ?? {}) as Json;
  if (typeof regex === "string") throw new Error("the decoder Replace with a Regex is not supported");
  patternSource(step.pattern);
  const change = (token: string): string => token.replaceAll(String(text), () => String(step.content ?? ""));
  return fused && [...String(text)].length > 1 ? whole(change) : mapped(change);
}

function metaspace(step: Json): StepMaker {
  const replacement = typeof step.replacement === "string" ? step.replacement : "\u2581";
  const first = prependScheme(step) === "never" ? " " : "";
  return mapped((token, index) => token.replaceAll(replacement, index === 0 ? first : " "));
}

/** The clean-up of spaces of a WordPiece decoder. */
const cleaned = (token: string): string =>
  token
    .replaceAll(/ ([.?!,])/g, "$1")
    .replaceAll(" ' ", "'")
    .replaceAll(" n't", "n't")
    .replaceAll(" 'm", "'m")
    .replaceAll(" do not", " don't")
    .replaceAll(/ ('s|'ve|'re)/g, "$1");

function wordPiece(step: Json): StepMaker {
  const prefix = String(step.prefix ?? "##");
  return mapped((token, index) => {
    const joined = token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
    const text = index === 0 ? token : joined;
    return step.cleanup === false ? text : cleaned(text);
  });
}

/** The end of a word becomes a space, except at the end of the text, so that the last token is held back. */
const bpe = (suffix: string): StepMaker => {
  return () => {
    let last: string | undefined;
    return {
      push: (token) => {
        const ready = last === undefined ? [] : [last.replaceAll(suffix, " ")];
        last = token;
        return ready;
      },
      flush: () => {
        const end = last === undefined ? [] : [last.replaceAll(suffix, "")];
        last = undefined;
        return end;
      },
    };
  };
};

/**
 * Returns the steps of a decoder, and whether the tokens form one text after them.
 * @param fused whether the tokens before the decoder form one text
 */
function stepsOf(value: unknown, fused: boolean): { steps: StepMaker[]; fused: boolean } {
  const step = checkedComponent("decoder", value);
  const one = (maker: StepMaker, fusedAfter = fused): { steps: StepMaker[]; fused: boolean } => ({
    steps: [maker],
    fused: fusedAfter,
  });
  switch (step.type) {
    case "Sequence": {
      const all: { steps: StepMaker[]; fused: boolean } = { steps: [], fused };
      for (const part of componentsOf(step.decoders)) {
        const next = stepsOf(part, all.fused);
        all.steps.push(...next.steps);
        all.fused = next.fused;
      }
      return all;
    }
    case "Fuse":
      return { steps: [], fused: true };
    case "Replace":
      return one(replace(step, fused));
    case "Strip":
      return one(strip(step, fused));
    default:
      if (fused) throw new Error(`the decoder ${step.type} after Fuse or ByteLevel is not supported`);
  }
  if (step.type === "ByteLevel") return one(byteLevel(), true);
  if (step.type === "ByteFallback") return one(byteFallback);
  if (step.type === "Metaspace") return one(metaspace(step));
  if (step.type === "WordPiece") return one(wordPiece(step));
  return one(bpe(String(step.suffix ?? "</w>")));
}

/** Turns the tokens of one text into text, as they arrive. */
export interface TokenDecoder {
  /** Returns the text that this token completes, which can be empty. */
  push(token: string): string;
  /** Returns the text that is still held back. The next token begins a new text. */
  flush(): string;
}

/**
 * Reads the decoder of tokenizer.json and returns a function that creates a decoder for one text. Without a decoder,
 * spaces join the tokens.
 * @throws Error for a component or an option that is not supported
 */
export function readDecoder(value: unknown): () => TokenDecoder {
  const hasDecoder = value !== null && value !== undefined;
  const joined = mapped((token, index) => (index === 0 ? token : ` ${token}`));
  const makers = hasDecoder ? stepsOf(value, false).steps : [joined];
  return () => {
    const steps = makers.map((make) => make());
    const [first, ...others] = steps;
    // Most decoders have a single step, whose tokens need not be passed on.
    if (first && others.length === 0)
      return { push: (token) => first.push(token).join(""), flush: () => first.flush().join("") };
    const through = (tokens: readonly string[], from: number): string[] =>
      steps
        .slice(from)
        .reduce<string[]>((texts, step) => texts.flatMap((text) => step.push(text)), [...tokens]);
    return {
      push: (token) => through([token], 0).join(""),
      flush: () => steps.map((step, index) => through(step.flush(), index + 1).join("")).join(""),
    };
  };
}
