// Composes the starter dialogues from subjects and shapes.
import { drawSlots, fill } from "./fill.js";
import { Draw } from "./random.js";
import { SHAPES } from "./shapes/index.js";
import { readSubjects, wordsOf } from "./subjects.js";

/** A turn of at least this many words may occur in only a few dialogues. Shorter ones are what speech repeats. */
const LONG_TURN = 6;
const LONG_TURN_LIMIT = 3;
const ATTEMPTS = 200;

/** Writes one dialogue: the texts of its turns. */
function writeTurns(subject, shape, draw) {
  const slots = drawSlots(subject, shape.plain ?? [], draw);
  return shape.turns.map((wordings, at) => fill(draw.pick(wordings), slots, at % 2, draw));
}

/** Counts long turns and refuses dialogues whose turns have occurred too often. */
class TurnCounts {
  #counts = new Map();

  /** Returns whether all turns may occur once more, and counts them if so. */
  accept(turns) {
    const long = turns
      .map((turn) => wordsOf(turn))
      .filter((words) => words.length >= LONG_TURN)
      .map((words) => words.join(" "));
    if (
      new Set(turns).size < turns.length ||
      long.some((turn) => (this.#counts.get(turn) ?? 0) >= LONG_TURN_LIMIT)
    )
      return false;
    for (const turn of long) this.#counts.set(turn, (this.#counts.get(turn) ?? 0) + 1);
    return true;
  }
}

/**
 * Composes dialogues. Subjects and shapes take turns, and the result is shuffled.
 *
 * @returns {{ subject: string, shape: string, turns: string[], first: "A" | "B" }[]}
 */
export function composeDialogues({ count, seed }) {
  const subjects = readSubjects();
  const draw = new Draw(seed);
  const counts = new TurnCounts();
  const dialogues = [];
  for (let index = 0; index < count; index++) {
    const subject = subjects[index % subjects.length];
    let turns;
    let shape;
    for (let attempt = 0; turns === undefined; attempt++) {
      if (attempt === ATTEMPTS) throw new Error(`${subject.name}: no new dialogue in ${ATTEMPTS} attempts`);
      shape = draw.pick(SHAPES);
      const written = writeTurns(subject, shape, draw);
      if (counts.accept(written)) turns = written;
    }
    dialogues.push({ subject: subject.name, shape: shape.name, turns, first: draw.pick(["A", "B"]) });
  }
  return draw.shuffled(dialogues);
}

/**
 * Returns the dialogues with a share of their last replies taken from dialogues about other subjects. The turns before stay as they
 * are, so that a model that learns from the result knows what a dialogue is about when it writes the last reply off the subject.
 */
export function mixReplies(dialogues, { share, seed }) {
  const draw = new Draw(seed);
  return dialogues.map((dialogue) => {
    if (draw.unit() >= share) return dialogue;
    let other = draw.pick(dialogues);
    while (other.subject === dialogue.subject) other = draw.pick(dialogues);
    return { ...dialogue, turns: [...dialogue.turns.slice(0, -1), other.turns.at(-1)] };
  });
}
