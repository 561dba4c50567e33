/**
 * Makes of the pieces of a turn, as they are decoded, what of them may be shown at once: the same text that `childTurn`
 * makes of the whole. Blanks are held back until a word follows; nothing after the first line feed is shown.
 */
export function turnStream(): { push(piece: string): string } {
  let begun = false;
  let ended = false;
  let held = "";
  return {
    push: (piece) => {
      if (ended) return "";
      const [line = "", ...rest] = piece.split("\n");
      ended = rest.length > 0;
      const text = begun ? held + line : (held + line).trimStart();
      const shown = text.trimEnd();
      held = text.slice(shown.length);
      begun ||= shown !== "";
      return shown;
    },
  };
}
