import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { TeacherWording } from "../../lib/dialogue/chat.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";

const golden = path.resolve(import.meta.dirname, "../golden/chat");

type Rendered = { readonly text: string; readonly ids: number[] } | { readonly refusal: string };

/** The chat form of a published model, and what transformers renders in it. */
export interface ChatShape {
  readonly name: string;
  readonly base: "bytes" | "blanks";
  readonly specials: readonly string[];
  readonly config: { readonly chat_template: string; readonly eos_token: string };
  readonly date: string | null;
  readonly chats: readonly (Rendered & {
    readonly messages: readonly (readonly ["system" | "user" | "assistant", string])[];
    readonly prompt: boolean;
  })[];
  readonly exchanges: readonly {
    readonly partial: string;
    readonly turn: string;
    readonly joined: boolean;
    readonly text: string;
    readonly ids: number[];
  }[];
}

export const { wording, shapes } = JSON.parse(readFileSync(path.join(golden, "expected.json"), "utf8")) as {
  wording: TeacherWording;
  shapes: ChatShape[];
};

/** Returns the shape of a name. */
export function shapeOf(name: string): ChatShape {
  const found = shapes.find((shape) => shape.name === name);
  if (!found) throw new Error(`there is no shape ${name}`);
  return found;
}

/** Writes the tokenizer of a shape into a new folder, with changes of its tokenizer_config.json, and loads it. */
export async function loadShape(
  { base, specials, config }: Pick<ChatShape, "base" | "specials" | "config">,
  changes: Record<string, unknown> = {},
  special = true,
): Promise<Tokenizer> {
  const data = JSON.parse(readFileSync(path.join(golden, `${base}.json`), "utf8"));
  const first = Object.keys(data.model.vocab).length;
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special };
  specials.forEach((content, at) => {
    data.added_tokens.push({ id: first + at, content, ...flags });
  });
  const folder = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-chat-"));
  writeFileSync(path.join(folder, "tokenizer.json"), JSON.stringify(data));
  const written = JSON.stringify({ ...config, ...changes });
  writeFileSync(path.join(folder, "tokenizer_config.json"), written);
  return Tokenizer.load(folder);
}
