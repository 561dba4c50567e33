import { z } from "zod";
import { checkJson, type JsonFormat } from "../checked-json.ts";
import { findField } from "../data/json-dialogue.ts";
import type { JsonRecord } from "../data/json-records.ts";
import { jsonRow, recordId } from "../data/rows.ts";
import { checkNoList } from "../data/spelt-out-list.ts";
import { DialoguePpoError } from "../errors.ts";
import { normaliseLineEnds } from "../line-ends.ts";
import type { AnnotatedText, TaacoInput } from "../taaco/types.ts";

const token = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.string().regex(/^[CFNVJRPGAMD]*$/, "letters of CFNVJRPGAMD"),
]);
const annotated = z.object({ paragraphs: z.array(z.array(z.array(token))) });

const ANNOTATED: JsonFormat<z.infer<typeof annotated>> = {
  schema: annotated,
  expected: "annotated paragraphs",
  code: "ERR_DATA",
};

/** Fields that would contradict annotated paragraphs in the same object. */
const OTHER_FIELDS = ["text", "turns", "messages", "conversations"];

function readParagraphs({ value, where }: JsonRecord): AnnotatedText {
  const other = OTHER_FIELDS.find((name) => Object.hasOwn(value, name));
  if (other !== undefined) {
    throw new DialoguePpoError("ERR_DATA", `${where}: it has ${other} and paragraphs; expected one of them`);
  }
  return checkJson(value, ANNOTATED, where).paragraphs as AnnotatedText;
}

/**
 * Returns the source text of an object of a JSON file; undefined when the field is absent, null or empty.
 * @throws DialoguePpoError ERR_DATA when the field holds anything but a text
 */
export function recordSource({ value, where }: JsonRecord, field: string): string | undefined {
  const source = value[field] ?? "";
  if (typeof source !== "string") {
    throw new DialoguePpoError("ERR_DATA", `${where}, field "${field}": expected the source text, or null`);
  }
  checkNoList(source, `${where}, field "${field}"`);
  return source.trim() === "" ? undefined : normaliseLineEnds(source);
}

/**
 * Reads the text of an object of a JSON file: `{id?, paragraphs: [[[form, lemma, tag, flags]]]}`, or one of the forms
 * of a dialogue. Other fields are ignored.
 *
 * @param textColumn name of the field with the text; "text" also stands for turns, messages and conversations
 * @returns `leftOut`: the roles of messages that are no turns of the dialogue
 * @throws DialoguePpoError ERR_DATA
 */
export function parseRecord(
  record: JsonRecord,
  textColumn: string,
): { id: string | undefined; input: TaacoInput; leftOut: readonly string[] } {
  if (textColumn === "text" && Object.hasOwn(record.value, "paragraphs")) {
    return { id: recordId(record), input: { paragraphs: readParagraphs(record) }, leftOut: [] };
  }
  const { id, text, turns, leftOut } = jsonRow(record, findField(record, textColumn, "paragraphs, "), true);
  return { id, input: turns === undefined ? text : { turns }, leftOut };
}
