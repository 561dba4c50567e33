import { setImmediate } from "node:timers/promises";
import type { Dialogue } from "../../data/dialogue.ts";
import { abortError } from "../../errors.ts";
import type { Taaco } from "../../taaco/taaco.ts";
import type { TextModel } from "../../taaco/text-model.ts";
import { ProgressBar } from "../progress.ts";

/** Dialogues between two looks at what else there is to do. */
const BATCH = 64;

/** Analyses dialogues one after the other, with progress on standard error. */
export async function* analysed(
  dialogues: readonly Dialogue[],
  taaco: Taaco,
  signal: AbortSignal,
): AsyncGenerator<TextModel> {
  const bar = new ProgressBar({ description: "analyse", total: dialogues.length });
  try {
    for (const [index, { turns }] of dialogues.entries()) {
      if (index % BATCH === 0) {
        await setImmediate();
        bar.update(index);
      }
      if (signal.aborted) throw abortError(signal);
      yield taaco.modelOf({ turns });
    }
    bar.update(dialogues.length);
  } finally {
    bar.finish();
  }
}

/** The lower-case lemmas of each dialogue. */
export async function lemmaDocuments(
  dialogues: readonly Dialogue[],
  taaco: Taaco,
  signal: AbortSignal,
): Promise<string[][]> {
  const documents: string[][] = [];
  for await (const text of analysed(dialogues, taaco, signal)) {
    documents.push(Array.from(text.lemmas, (lemma) => text.vocabulary[lemma] as string));
  }
  return documents;
}
