import { DialoguePpoError } from "../errors.ts";
import { normaliseLineEnds } from "../line-ends.ts";
import type { Turn } from "../sample.ts";
import { isRecord } from "../values.ts";
import { LABEL } from "./dialogue.ts";
import type { JsonRecord } from "./json-records.ts";
import { callsTools, isNoSpeaker, isSystem, roleOf, systemIsPartner } from "./message-roles.ts";
import { type MergedPeople, PeopleCheck, speakerField, speakersOfTexts } from "./message-speaker.ts";

/** The content of a JSON object: a text with labels, or turns. */
export interface JsonContent {
  /** The text; undefined when the object holds turns. */
  readonly text: string | undefined;
  /** The turns; undefined when the object holds a text. */
  readonly turns: readonly Turn[] | undefined;
  /** Roles of the messages that are no turns of the dialogue and were left out, in order. */
  readonly leftOut: readonly string[];
  /** People whose messages became turns of one speaker; undefined without any. */
  readonly merged?: MergedPeople | undefined;
}

/** Names of the fields that can hold a dialogue. */
const FIELDS = ["text", "turns", "messages", "conversations"];

/** Names under which a message states who speaks and what is said. */
const MESSAGE_KEYS = [
  ["role", "content"],
  ["from", "value"],
  ["speaker", "text"],
] as const;

/** Types of the parts of a message that are texts. The last two are those of OpenAI's Responses API. */
const TEXT_PARTS = new Set<unknown>(["text", undefined, "input_text", "output_text"]);

const IN_PANDAS = "; in pandas, write to_json(orient='records', lines=True)";

const MOST_NAMES = 10;

function fail(where: string, problem: string): never {
  throw new DialoguePpoError("ERR_DATA", `${where}: ${problem}`);
}

/** Says of an object of objects, such as a corpus by ids, what it should be; an empty text for any other. */
function nestedHint({ value, number }: JsonRecord): string {
  const values = Object.values(value);
  const isNested = number === 1 && values.length > 1 && values.every(isRecord);
  return isNested
    ? " (an object of objects; in Python, json.dump(list(data.values()), file) writes an array)"
    : "";
}

function nameFields(record: JsonRecord): string {
  const names = Object.keys(record.value);
  return (
    names.slice(0, MOST_NAMES).join(", ") + (names.length > MOST_NAMES ? ", ..." : "") + nestedHint(record)
  );
}

/**
 * Returns the name of the field with the dialogue: the given one, or else the only one of text, turns, messages and
 * conversations that the object has.
 *
 * @param textColumn name that the user gave; "text" stands for all four
 * @param alsoExpected further names for the message, each followed by a comma and a blank
 * @throws DialoguePpoError ERR_DATA when the object has none of them or several
 */
export function findField(record: JsonRecord, textColumn: string, alsoExpected = ""): string {
  const has = (name: string): boolean => Object.hasOwn(record.value, name);
  if (textColumn !== "text") {
    if (has(textColumn)) return textColumn;
    return fail(record.where, `no field "${textColumn}"; its fields are ${nameFields(record)}`);
  }
  const found = FIELDS.filter(has);
  if (found.length === 1) return found[0] as string;
  if (found.length === 0) {
    return fail(
      record.where,
      `its fields are ${nameFields(record) || "none"}; expected ${alsoExpected}text, turns, messages or conversations, or --text-column NAME`,
    );
  }
  return fail(record.where, `it has ${found.join(" and ")}; expected one of them, or --text-column NAME`);
}

// A regular expression such as /\n+$/ would take quadratic time for many line ends inside the text.
function withoutOuterLineEnds(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && text[from] === "\n") from += 1;
  while (to > from && text[to - 1] === "\n") to -= 1;
  return text.slice(from, to);
}

/** Returns the text of a message, whose content can be a list of parts. */
function contentText(content: unknown, where: string): string {
  if (content === null) return "";
  if (typeof content === "string") return withoutOuterLineEnds(normaliseLineEnds(content));
  if (!Array.isArray(content)) return fail(where, "its content is neither a text nor a list of parts");
  const texts = content.map((part) => {
    if (typeof part === "string") return part;
    if (isRecord(part) && TEXT_PARTS.has(part.type) && typeof part.text === "string") return part.text;
    const type =
      isRecord(part) && typeof part.type === "string" ? `of type "${part.type}"` : "without a type";
    return fail(where, `a part ${type}; expected {"type": "text", "text": ...}`);
  });
  return contentText(texts.join("\n"), where);
}

/** Returns the speaker of a message. @param form field of the form of the message, such as role */
function speakerOf(
  message: Record<string, unknown>,
  form: string,
  where: string,
  anySpeaker: boolean,
): string {
  const field = speakerField(message, form);
  const speaker = message[field];
  if (typeof speaker === "string" && anySpeaker) return speaker;
  if (typeof speaker === "string" && LABEL.test(`${speaker.trim()}::`)) return speaker.trim();
  const remedy = field === form ? "" : `; without the field ${field}, the field ${form} names the speaker`;
  return fail(
    where,
    `the ${field === "name" ? "name" : "speaker"} ${JSON.stringify(speaker)}; expected a letter of A to Z and at ` +
      `most 19 more letters, digits, blanks or _${remedy}`,
  );
}

/** How the messages of a dialogue are read. */
interface Reading {
  /** Whether speakers may have names that are no labels. */
  readonly anySpeaker: boolean;
  /** Whether the system is the one that a user talks to. */
  readonly systemSpeaks: boolean;
}

/** Converts a message to a turn. For a message that nobody says, returns its role, or else what it is. */
function toTurn(message: Record<string, unknown>, where: string, reading: Reading): Turn | string {
  const keys = MESSAGE_KEYS.find(
    ([who, what]) => Object.hasOwn(message, who) && Object.hasOwn(message, what),
  );
  const role = roleOf(message);
  if (isNoSpeaker(role) && !(reading.systemSpeaks && isSystem(role))) return role;
  if (keys === undefined) {
    // A message that only calls tools can lack its content.
    if (role === "assistant" && callsTools(message)) return "tool call";
    const names = Object.keys(message).slice(0, MOST_NAMES).join(", ") || "none";
    return fail(
      where,
      `its fields are ${names}; expected role and content, from and value, or speaker and text`,
    );
  }
  const [who, what] = keys;
  const speaker = speakerOf(message, who, where, reading.anySpeaker);
  const text = contentText(message[what], where);
  const isEmpty = text.trim() === "";
  if (isEmpty && callsTools(message)) return "tool call";
  // In a chat, nothing was said. A turn between labels can be empty, as in CSV.
  if (isEmpty && (who !== "speaker" || message[what] === null)) return "empty";
  return { speaker, text };
}

/** Converts texts to turns: by their labels when all have one, otherwise by {@link speakersOfTexts}. */
function turnsOfTexts(
  texts: readonly string[],
  where: string,
  record: Readonly<Record<string, unknown>>,
): Turn[] {
  const clean = texts.map((text) => contentText(text, where));
  // Each column as a list is how pandas (`to_dict("list")`) and datasets (`to_dict()`) give a table.
  const several = clean.findIndex((text) => text.split("\n").some((line, at) => at > 0 && LABEL.test(line)));
  if (several >= 0) {
    return fail(
      `${where}, turn ${several + 1}`,
      "it holds several turns; expected one. A list of dialogues, such as a column of a table, must be written as one " +
        `object per dialogue${IN_PANDAS}`,
    );
  }
  const labelled = clean.filter((text) => LABEL.test(text)).length;
  if (labelled > 0 && labelled < clean.length) {
    return fail(
      where,
      "some of its turns begin with a speaker's label and some do not; expected all or none",
    );
  }
  const speakers = speakersOfTexts(record, clean.length);
  if (speakers === undefined) return fail(where, "more than 26 speakers; expected at most 26");
  return clean.map((text, index) => {
    const label = LABEL.exec(text);
    if (label === null) return { speaker: speakers[index] as string, text };
    return { speaker: label[1] ?? "", text: text.slice(label[0].length).replace(/^ /, "") };
  });
}

/** Converts the value of a field to a dialogue. An absent value is an empty text. */
function toContent(
  value: unknown,
  where: string,
  record: Readonly<Record<string, unknown>>,
  anySpeaker: boolean,
): JsonContent {
  if (value === null) return { text: "", turns: undefined, leftOut: [] };
  if (typeof value === "string") return { text: normaliseLineEnds(value), turns: undefined, leftOut: [] };
  if (!Array.isArray(value)) {
    const pandas = isRecord(value) ? IN_PANDAS : "";
    return fail(where, `neither a text nor a list of turns${pandas}`);
  }
  if (value.every((item) => typeof item === "string")) {
    return { text: undefined, turns: turnsOfTexts(value, where, record), leftOut: [] };
  }
  const reading = { anySpeaker, systemSpeaks: systemIsPartner(value) };
  const converted = value.map((item, index) => {
    const place = `${where}, turn ${index + 1}`;
    return isRecord(item)
      ? toTurn(item, place, reading)
      : fail(place, "no object; expected a list of texts or of objects");
  });
  const people = new PeopleCheck();
  for (const [at, turn] of converted.entries()) {
    if (typeof turn !== "string") people.add(value[at], turn.speaker);
  }
  return {
    text: undefined,
    turns: converted.filter((turn) => typeof turn !== "string"),
    leftOut: converted.filter((turn) => typeof turn === "string"),
    merged: people.merged,
  };
}

/**
 * Reads the dialogue of a JSON object.
 *
 * @param field name of the field, from {@link findField}
 * @param anySpeaker whether speakers may have names that are no labels, because no model reads them
 * @throws DialoguePpoError ERR_DATA naming line, field and turn
 */
export function readJsonContent(record: JsonRecord, field: string, anySpeaker = false): JsonContent {
  if (!Object.hasOwn(record.value, field)) {
    return fail(
      record.where,
      `no field "${field}", which the first object has; its fields are ${nameFields(record)}`,
    );
  }
  return toContent(record.value[field], `${record.where}, field "${field}"`, record.value, anySpeaker);
}
