import type { LanguageModel } from "../lib/model/language-model.ts";

/** A folder with a tiny random child and teacher and a file of dialogues. */
export interface TinyProject {
  readonly root: string;
  readonly child: string;
  readonly teacher: string;
  readonly data: string;
}

export function makeTinyProject(
  model: Pick<typeof LanguageModel, "create">,
  root: string,
  dialogues?: number,
): Promise<TinyProject>;
