/** The scored part of a child's turn: what precedes the first line feed, without blanks around it. */
export function childTurn(text: string): string {
  return (text.split("\n")[0] ?? "").trim();
}

/**
 * The scored part of a teacher's answer: leading blanks and one speaker label taken away, cut at the first line feed
 * that follows a word.
 */
export function teacherTurn(text: string): string {
  const bare = text.trimStart().replace(/^[A-Za-z][\w ]{0,19}::\s*/, "");
  const cut = /^[^\n]*\S[^\n]*(?=\n|$)/.exec(bare.trimStart());
  return (cut?.[0] ?? "").trim();
}
