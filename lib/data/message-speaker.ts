import { isRecord } from "../values.ts";

/** Fields in which a message names the person who speaks, the decisive one first. They say more than a role does. */
const PERSON_FIELDS = ["speaker", "name"];

/** Further fields that can tell people apart. They are compared, but no label is made of them. */
const OTHER_FIELDS = [
  "speaker_name",
  "speaker_id",
  "author",
  "author_id",
  "sender",
  "sender_id",
  "participant",
  "participant_id",
  "from",
  "user",
  "user_id",
  "username",
  "nickname",
];

/** People who were read as one speaker, and the field that tells them apart. */
export interface MergedPeople {
  /** The speaker that all of them became. */
  readonly speaker: string;
  readonly field: string;
  /** Values of the field for two of them. */
  readonly people: readonly [string, string];
}

const textOf = (message: Readonly<Record<string, unknown>>, field: string): string => {
  const value = message[field];
  return typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
};

/**
 * Returns the field of a message that says who speaks: `speaker`, else `name`, else the field of its form. An empty
 * name, or one that is no text, names nobody.
 *
 * @param form field of the form of the message, such as role
 */
export function speakerField(message: Readonly<Record<string, unknown>>, form: string): string {
  if (form === "speaker") return form;
  return PERSON_FIELDS.find((field) => typeof message[field] === "string" && textOf(message, field)) ?? form;
}

/** Finds people of a dialogue who became one speaker, because their messages name them in a field that is not read. */
export class PeopleCheck {
  /** The first value of each field, for each speaker. */
  readonly #first = new Map<string, Map<string, string>>();
  /** The first people who were found; undefined when there are none. */
  merged: MergedPeople | undefined;

  /** Looks at a message that became a turn of a speaker. */
  add(message: unknown, speaker: string): void {
    if (this.merged !== undefined || !isRecord(message)) return;
    const first = this.#first.get(speaker) ?? new Map<string, string>();
    this.#first.set(speaker, first);
    for (const field of [...PERSON_FIELDS, ...OTHER_FIELDS]) {
      const value = textOf(message, field);
      if (value === "") continue;
      const before = first.get(field) ?? value;
      first.set(field, before);
      if (before !== value) this.merged ??= { speaker, field, people: [before, value] };
    }
  }
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * Returns the speaker of each text of a list: A, B and so on in the order in which they first speak, if the object has
 * a list of as many speakers, as in SODA; otherwise A and B in alternation.
 *
 * @returns undefined for more speakers than letters
 */
export function speakersOfTexts(
  record: Readonly<Record<string, unknown>>,
  count: number,
): readonly string[] | undefined {
  const isName = (name: unknown): boolean =>
    typeof name === "number" || (typeof name === "string" && name.trim() !== "");
  const given = [record.speakers, record.speaker].find(
    (list): list is (string | number)[] => Array.isArray(list) && list.length === count && list.every(isName),
  );
  if (given === undefined) return Array.from({ length: count }, (_, at) => (at % 2 === 0 ? "A" : "B"));
  const names = given.map((name) => String(name).trim());
  const distinct = [...new Set(names)];
  if (distinct.length > LETTERS.length) return undefined;
  return names.map((name) => LETTERS.charAt(distinct.indexOf(name)));
}
