import type { Dialogue } from "../data/dialogue.ts";
import { yieldToEventLoop } from "../event-loop.ts";
import type { Taaco } from "../taaco/taaco.ts";
import type { TextModel } from "../taaco/text-model.ts";

/** Dialogues between two looks at what else there is to do. */
const BATCH = 64;

/**
 * Analyses dialogues one after the other.
 * @throws DialoguePpoError ERR_ABORTED
 */
export async function* analysed(
  dialogues: readonly Dialogue[],
  taaco: Taaco,
  options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: (done: number) => void } = {},
): AsyncGenerator<TextModel> {
  for (const [index, { turns }] of dialogues.entries()) {
    if (index % BATCH === 0) {
      await yieldToEventLoop(options.signal);
      options.onProgress?.(index);
    }
    yield taaco.modelOf({ turns });
  }
  options.onProgress?.(dialogues.length);
}

/** The lower-case lemmas of each text: what spaces are learnt from. */
export async function lemmaDocuments(texts: AsyncIterable<TextModel>): Promise<string[][]> {
  const documents: string[][] = [];
  for await (const { tokens } of texts) documents.push(tokens.map(({ lemma }) => lemma));
  return documents;
}
