// Fills the slots of a template with the words of a subject and with people and times.
//   {place}        a text of the subject; {place2} is another one of the same kind, where there is one
//   {past1@name}   an act or a fix that another person does: "my" becomes "his" or "her" (me, you, we, they, name, fam, person)
//   {he:name}      a pronoun of the friend (name), the speaker's relative (fam) or the person of the subject (he, him, his)
//   {yourFam}      the relative of the other speaker
//   {when}         a time: when, recently or future
//   {a:thing}      a thing with its article
import { wordsOf } from "./subjects.js";

const MEN = ["Ben", "Dan", "Frank", "Henry", "Jack", "Mark", "Paul", "Tom"];
const WOMEN = ["Anna", "Carol", "Emma", "Grace", "Kate", "Lisa", "Nina", "Rosa"];
const HIS = ["my brother", "my father", "my uncle", "my son", "my husband"];
const HERS = ["my sister", "my mother", "my aunt", "my daughter", "my wife"];
const PAST = [
  "yesterday",
  "last week",
  "last weekend",
  "last month",
  "two days ago",
  "on Monday",
  "on Friday",
  "last night",
  "last summer",
];
const RECENTLY = ["yesterday", "this morning", "two days ago", "on Monday", "last night"];
const FUTURE = ["tomorrow", "this weekend", "next week", "next month", "on Saturday", "on Sunday", "tonight"];

const TIMES = { when: PAST, recently: RECENTLY, future: FUTURE };

const PRONOUNS = { m: { he: "he", him: "him", his: "his" }, f: { he: "she", him: "her", his: "her" } };
const OWNERS = { you: "your", we: "our", they: "their" };

/** Whether a text speaks of its speaker. */
const ofSpeaker = (text) => wordsOf(text).some((word) => ["i", "me", "my", "we", "us", "our"].includes(word));

/** Returns the gender of a person of the subject: that of the word, or drawn where the word leaves it open. */
function genderOf(person, draw) {
  if (/\b(lady|maid|bride|girl)\b/.test(person)) return "f";
  if (/(man|boy|waiter)\b/.test(person)) return "m";
  return draw.pick(["m", "f"]);
}

const withArticle = (thing) => `${/^[aeiou]/.test(thing) ? "an" : "a"} ${thing}`;

/** Returns the values of numbered slots: `act` as base1, past1, ..., base2, and so on. */
function numbered(entries) {
  return entries.flatMap((entry, at) =>
    Object.entries(entry).map(([key, value]) => [`${key}${at + 1}`, value]),
  );
}

/** Draws a relative, such as "my aunt", and the gender. */
function drawRelative(draw) {
  const gender = draw.pick(["m", "f"]);
  return { gender, fam: draw.pick(gender === "m" ? HIS : HERS) };
}

/** Draws the values of all slots for one dialogue. `plain` names the entries that must not speak of "I". */
export function drawSlots(subject, plain, draw) {
  const plainFirst = (entries, key) => {
    const shuffled = draw.shuffled(entries);
    if (!plain.includes(key)) return shuffled;
    const fit = shuffled.filter((entry) => !ofSpeaker(Object.values(entry).join(" ")));
    return [...fit, ...shuffled.filter((entry) => !fit.includes(entry))];
  };
  const [things, places, people, events] = ["things", "places", "people", "events"].map((key) =>
    draw.shuffled(subject[key]),
  );
  const gender = draw.pick(["m", "f"]);
  const [person] = people;
  return {
    genders: { name: gender, person: genderOf(person, draw) },
    relatives: [drawRelative(draw), drawRelative(draw)],
    values: {
      name: draw.pick(gender === "m" ? MEN : WOMEN),
      person,
      person2: people.at(-1),
      thing: things[0],
      thing2: things.at(-1),
      place: places[0],
      place2: places.at(-1),
      event: events[0],
      event2: events.at(-1),
      ...Object.fromEntries(numbered(plainFirst(subject.act, "act1"))),
      ...plainFirst(subject.problem, "problem")[0],
      ...draw.pick(subject.praise),
      ...turned(draw.pick(subject.choice), draw),
    },
  };
}

/** Exchanges the two sides of a choice in half of the cases. */
function turned(choice, draw) {
  if (draw.unit() < 0.5) return choice;
  return { x: choice.y, whyX: choice.whyY, y: choice.x, whyY: choice.whyX };
}

/** Makes the first letter of every sentence a capital. */
const capitalize = (text) =>
  text.replace(/(^|[.?!] )([a-z])/g, (_, before, letter) => before + letter.toUpperCase());

/** Says of another person what a text says of its speaker. */
function asSaidOf(text, possessive, plural) {
  const own = text.replace(/\bmy\b/g, possessive);
  return plural ? own.replace(/^was\b/, "were") : own;
}

/**
 * Fills the slots of one template. Times are drawn anew for each slot.
 * @param speaker 0 or 1: each speaker has a relative
 */
export function fill(template, { values, genders, relatives }, speaker, draw) {
  const own = relatives[speaker];
  const slots = { ...values, fam: own.fam, yourFam: relatives[1 - speaker].fam.replace("my", "your") };
  const pronouns = (who) => PRONOUNS[who === "fam" ? own.gender : genders[who]];
  const text = template.replace(/\{([^}]+)\}/g, (_, slot) => {
    if (slot in TIMES) return draw.pick(TIMES[slot]);
    const [before, after] = slot.split(":");
    if (before === "a" && after !== undefined) return withArticle(slots[after]);
    if (after !== undefined) return pronouns(after)[before];
    const [key, who = "me"] = slot.split("@");
    if (slots[key] === undefined) throw new Error(`no value for {${slot}} in: ${template}`);
    if (who === "me") return slots[key];
    return asSaidOf(slots[key], OWNERS[who] ?? pronouns(who).his, who in OWNERS);
  });
  return capitalize(text);
}

/** Returns the words that templates and slots other than those of subjects can write. */
export function commonWords(shapes) {
  const templates = shapes
    .flatMap(({ turns }) => turns.flat())
    .map((text) => text.replace(/\{[^}]+\}/g, " "));
  const people = [MEN, WOMEN, HIS, HERS, PAST, RECENTLY, FUTURE].flat();
  return new Set([...templates, ...people, "he him his she her our their your a an"].flatMap(wordsOf));
}
