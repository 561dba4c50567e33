import type { Json } from "./json-file.ts";
import { checkedComponent, componentsOf } from "./tokenizer-components.ts";

/** Ids that a tokenizer adds before and after a text. */
export interface Template {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const NOTHING: Template = { before: [], after: [] };

const isIds = (value: unknown): value is number[] => Array.isArray(value) && value.every(Number.isInteger);

function fromItems(single: unknown, tokens: unknown): Template {
  const items = componentsOf(single) as readonly Json[];
  const text = items.findIndex((item) => (item.Sequence as Json | undefined)?.id === "A");
  const others = items.filter((_, index) => index !== text);
  const ids = others.map((item) => {
    const name = (item.SpecialToken as Json | undefined)?.id;
    const entry = ((tokens ?? {}) as Record<string, Json | undefined>)[String(name)]?.ids;
    if (!isIds(entry)) throw new Error(`the template has an unknown part ${JSON.stringify(item)}`);
    return entry;
  });
  if (text < 0) throw new Error("the template has no place for the text");
  return { before: ids.slice(0, text).flat(), after: ids.slice(text).flat() };
}

/** Returns the id of an entry of the form [text, id]. */
function pairId(value: unknown): number {
  const id = Array.isArray(value) ? value[1] : undefined;
  if (!Number.isInteger(id)) throw new Error(`expected a token with its id, not ${JSON.stringify(value)}`);
  return id;
}

/**
 * Returns the ids that a post-processor adds to a single text.
 * @throws Error for a post-processor that is not supported
 */
export function readTemplate(value: unknown): Template {
  if (value === null || value === undefined) return NOTHING;
  const processor = checkedComponent("post-processor", value);
  switch (processor.type) {
    case "Sequence":
      return componentsOf(processor.processors)
        .map(readTemplate)
        .reduce(
          (inner, outer) => ({
            before: [...outer.before, ...inner.before],
            after: [...inner.after, ...outer.after],
          }),
          NOTHING,
        );
    case "TemplateProcessing":
      return fromItems(processor.single, processor.special_tokens);
    case "ByteLevel":
      return NOTHING;
    default:
      return { before: [pairId(processor.cls)], after: [pairId(processor.sep)] };
  }
}
