import { LABEL_SOURCE } from "../data/dialogue.ts";

/** A turn ends at the first of these, so the line feed of a CRLF needs no mention. */
const LINE_END = /[\r\n]/;

const LEADING_LABEL = new RegExp(String.raw`^${LABEL_SOURCE}\s*`);

/**
 * Returns the scored part of a child's output: the text before the first line end, trimmed. LF, CRLF and CR end a line.
 */
export function childTurn(text: string): string {
  return (text.split(LINE_END)[0] ?? "").trim();
}

/**
 * Returns the scored part of a teacher's output: after leading white space and one speaker label, the first line that
 * is not blank, trimmed.
 */
export function teacherTurn(text: string): string {
  const bare = text.trimStart().replace(LEADING_LABEL, "");
  const cut = /^[^\r\n]*\S[^\r\n]*/.exec(bare.trimStart());
  return (cut?.[0] ?? "").trim();
}

/**
 * Creates a stream for a child's turn. `push` takes a decoded piece and returns the text that can be shown. All
 * returned texts together equal the result of {@link childTurn}. White space is returned only with the word that
 * follows it, and nothing is returned after the first line end.
 */
export function turnStream(): { push(piece: string): string } {
  let hasText = false;
  let ended = false;
  let pendingSpace = "";
  return {
    push: (piece) => {
      if (ended) return "";
      const [line = "", ...rest] = piece.split(LINE_END);
      ended = rest.length > 0;
      const text = hasText ? pendingSpace + line : (pendingSpace + line).trimStart();
      const shown = text.trimEnd();
      pendingSpace = text.slice(shown.length);
      hasText ||= shown !== "";
      return shown;
    },
  };
}
