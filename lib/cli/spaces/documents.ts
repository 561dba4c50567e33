import type { Dialogue } from "../../data/dialogue.ts";
import type { Taaco } from "../../taaco/taaco.ts";
import type { TextModel } from "../../taaco/text-model.ts";
import { analysed } from "../../train/documents.ts";
import { ProgressBar } from "../progress.ts";

/** Analyses dialogues one after the other, with progress on standard error. */
export async function* analysedWithBar(
  dialogues: readonly Dialogue[],
  taaco: Taaco,
  signal: AbortSignal,
): AsyncGenerator<TextModel> {
  const bar = new ProgressBar({ description: "analyse", total: dialogues.length });
  try {
    yield* analysed(dialogues, taaco, { signal, onProgress: (done) => bar.update(done) });
  } finally {
    bar.finish();
  }
}
