/** A dialogue about a subject. */
export interface ComposedDialogue {
  readonly subject: string;
  readonly shape: string;
  readonly turns: readonly string[];
  /** The speaker of the first turn. */
  readonly first: "A" | "B";
}

/** Composes dialogues. The same seed gives the same dialogues. */
export function composeDialogues(options: { count: number; seed: number }): ComposedDialogue[];

/** Takes a share of the last replies from dialogues about other subjects. */
export function mixReplies(
  dialogues: readonly ComposedDialogue[],
  options: { share: number; seed: number },
): ComposedDialogue[];
