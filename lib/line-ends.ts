/**
 * Returns the text with LF, CRLF and CR as line feeds, as Python's text mode reads it. No other character is a line
 * end.
 */
export const normaliseLineEnds = (text: string): string =>
  text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
