/** Returns a pattern that matches a text literally, for `RegExp` and for the pattern of a tokenizer.json. */
export const escapeRegex = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
