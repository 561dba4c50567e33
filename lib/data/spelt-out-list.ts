import { DialoguePpoError } from "../errors.ts";

/**
 * Returns whether a text is a list or an object as Python, JSON or R writes it: `['Hi.', 'Hello.']`, NumPy's
 * `['Hi.' 'Hello.']`, `[{"role": "user", ...}]`, `c("Hi.", "Hello.")`. Programs write it into a cell of a table, which
 * cannot hold lists.
 */
function isSpeltOutList(text: string): boolean {
  const whole = text.trim();
  const inner = whole.slice(1, -1).trim();
  if (whole.startsWith("[") && whole.endsWith("]")) {
    return /^(?:[uU]?['"]|\{\s*['"])/.test(inner) && /['"}],?$/.test(inner);
  }
  if (whole.startsWith("{") && whole.endsWith("}")) return /^(['"])[^'"]{1,60}\1\s*:/.test(inner);
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
