/** Returns the scored part of a child's output: the text before the first line feed, trimmed. */
export function childTurn(text: string): string {
  return (text.split("\n")[0] ?? "").trim();
}

/**
 * Returns the scored part of a teacher's output: leading blanks and one speaker label are removed, and the text ends at
 * the first line feed after a word.
 */
export function teacherTurn(text: string): string {
  const bare = text.trimStart().replace(/^[A-Za-z][\w ]{0,19}::\s*/, "");
  const cut = /^[^\n]*\S[^\n]*(?=\n|$)/.exec(bare.trimStart());
  return (cut?.[0] ?? "").trim();
}

/**
 * Streams a child's turn: `push` takes the decoded pieces and returns what can be shown at once. All pieces together give
 * the same text as {@link childTurn}. Blanks wait until a word follows, and nothing after the first line feed is shown.
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
