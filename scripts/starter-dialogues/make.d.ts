import type { ComposedDialogue } from "./compose.js";

/** Returns the CSV file of dialogues. */
export function toCsv(dialogues: readonly ComposedDialogue[]): string;
