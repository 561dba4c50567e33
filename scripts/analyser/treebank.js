/**
 * Reads a CoNLL-U file. Returns its paragraphs, each with its raw text and its sentences. A token has the form, lemma,
 * Penn tag, and whether it is a punctuation mark, an auxiliary, a subordinating marker (but not the "to" of an
 * infinitive) or a demonstrative before its noun.
 */
export function readParagraphs(content) {
  const paragraphs = [];
  let paragraph;
  for (const block of content.split("\n\n")) {
    if (block.trim() === "") continue;
    const lines = block.split("\n");
    if (!paragraph || lines.some((line) => /^# new(doc|par)\b/.test(line))) {
      paragraph = { text: "", sentences: [] };
      paragraphs.push(paragraph);
    }
    const text = lines.find((line) => line.startsWith("# text = "))?.slice("# text = ".length) ?? "";
    paragraph.text += (paragraph.text === "" ? "" : " ") + text;
    paragraph.sentences.push({ text, tokens: readTokens(lines) });
  }
  return paragraphs;
}

function readTokens(lines) {
  const tokens = [];
  for (const line of lines) {
    if (!/^\d+\t/.test(line)) continue;
    const [, form, lemma, universal, tag, , , relation] = line.split("\t");
    tokens.push({
      form,
      lemma: lemma === "_" ? form : lemma,
      tag,
      punctuation: universal === "PUNCT" || universal === "SYM",
      auxiliary: universal === "AUX",
      marker: relation === "mark" && tag !== "TO" && universal !== "PART",
      attended: universal === "DET",
    });
  }
  return tokens;
}
