import { DialoguePpoError } from "../errors.ts";

/** Matches texts in quotation marks, one after another, with or without commas. Backslashes may precede marks. */
const LIST_OF_TEXTS = /^(?:[uU]?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?:\s*,\s*|\s+|$))+$/s;

/** Matches the first field of a message or a dialogue. Other objects can be texts, such as the answer of a model. */
const MESSAGE =
  /^(['"])(?:role|content|from|value|text|speaker|utterance|dialog|dialogue|messages|turns|conversations?)\1\s*:/;

/**
 * Returns whether a text is a list or an object as Python, JSON or R writes it: `['Hi.', 'Hello.']`, NumPy's
 * `['Hi.' 'Hello.']`, `[{"role": "user", ...}]`, `c("Hi.", "Hello.")`. Programs write it into a cell of a table, which
 * cannot hold lists.
 */
function isSpeltOutList(text: string): boolean {
  const whole = text.trim();
  const inner = whole.slice(1, -1).trim();
  if (whole.startsWith("[") && whole.endsWith("]")) {
    return /^\{\s*['"]/.test(inner) ? /\},?$/.test(inner) : LIST_OF_TEXTS.test(inner);
  }
  if (whole.startsWith("{") && whole.endsWith("}")) return MESSAGE.test(inner);
  return whole.startsWith('c("') && whole.endsWith('")') && whole.includes('", "');
}

/** @throws DialoguePpoError ERR_DATA for a list in place of a text, whose brackets and names would count as words */
export function checkNoList(text: string, where: string): void {
  if (!isSpeltOutList(text)) return;
  throw new DialoguePpoError(
    "ERR_DATA",
    `${where}: a list or an object that was spelt out as text; expected a text, or JSON Lines, where a field can hold ` +
      "a list: in pandas, write the lists themselves with to_json(orient='records', lines=True)",
  );
}
