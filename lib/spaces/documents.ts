import type { PhaseProgress } from "../call.ts";
import type { Dialogue } from "../data/dialogue.ts";
import type { List } from "../data/list.ts";
import { createPauses } from "../event-loop.ts";
import type { Taaco } from "../taaco/taaco.ts";
import type { TextModel } from "../taaco/text/text-model.ts";

/** Number of dialogues between two reports of the progress. */
const REPORT_INTERVAL = 64;

/** Abort signal and progress listener of {@link analyseDialogues}. */
export interface AnalysisCall {
  /** Aborts the analysis. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the phase `analyse`, the number of analysed dialogues and the number of all dialogues. */
  readonly onProgress?: PhaseProgress | undefined;
}

/**
 * Yields the analysis of each dialogue, in order.
 * @throws DialoguePpoError ERR_ABORTED when the signal aborts
 */
export async function* analyseDialogues(
  dialogues: List<Dialogue>,
  taaco: Taaco,
  { signal, onProgress }: AnalysisCall = {},
): AsyncGenerator<TextModel> {
  let index = 0;
  const pause = createPauses(signal);
  for (const { turns } of dialogues) {
    if (index % REPORT_INTERVAL === 0) onProgress?.("analyse", index, dialogues.length);
    index += 1;
    const input = { turns };
    await taaco.analyseAhead(input, pause);
    yield taaco.modelOf(input);
  }
  onProgress?.("analyse", dialogues.length, dialogues.length);
}

/** Returns the lower-case lemmas of each text, from which spaces are learned. */
export async function collectLemmas(texts: AsyncIterable<TextModel>): Promise<string[][]> {
  const documents: string[][] = [];
  for await (const { tokens } of texts) documents.push(tokens.map(({ lemma }) => lemma));
  return documents;
}
