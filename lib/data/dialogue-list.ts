import { isDeepStrictEqual } from "node:util";
import type { Turn } from "../sample.ts";
import { type Dialogue, parseTurns } from "./dialogue.ts";
import type { List } from "./list.ts";
import { RecordFile } from "./record-file.ts";

/** Number of characters of dialogues that are kept in memory. */
const MEMORY_CHARACTERS = 2 ** 22;

type DialogueRecord = [id: string, text: string, turns?: readonly Turn[]];

function toRecord({ id, text, turns }: Dialogue): string {
  // In JSON files, turns can be given that the text does not split into.
  const record: DialogueRecord = isDeepStrictEqual(parseTurns(text), turns) ? [id, text] : [id, text, turns];
  return JSON.stringify(record);
}

function fromRecord(record: string): Dialogue {
  const [id, text, turns = parseTurns(text)] = JSON.parse(record) as DialogueRecord;
  return { id, text, turns };
}

/**
 * Dialogues in memory, or, when they are many, in a temporary file. The memory that they take is then nearly constant.
 */
export class DialogueList implements List<Dialogue> {
  readonly #limit: number;
  #characters = 0;
  #inMemory: Dialogue[] = [];
  #file: RecordFile | undefined;

  /** @param limit number of characters of texts that are kept in memory */
  constructor(limit = MEMORY_CHARACTERS) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#file?.length ?? this.#inMemory.length;
  }

  /**
   * Adds a dialogue at the end.
   * @throws DialoguePpoError ERR_CONFIG or ERR_IO when the temporary file cannot be written
   */
  push(dialogue: Dialogue): void {
    this.#characters += dialogue.text.length;
    if (this.#file === undefined && this.#characters <= this.#limit) {
      this.#inMemory.push(dialogue);
      return;
    }
    if (this.#file === undefined) {
      this.#file = new RecordFile();
      for (const one of this.#inMemory) this.#file.append(toRecord(one));
      this.#inMemory = [];
    }
    this.#file.append(toRecord(dialogue));
  }

  at(index: number): Dialogue | undefined {
    if (this.#file === undefined) return this.#inMemory[index];
    return index >= 0 && index < this.#file.length ? fromRecord(this.#file.read(index)) : undefined;
  }

  *[Symbol.iterator](): Generator<Dialogue> {
    for (let index = 0; index < this.length; index++) yield this.at(index) as Dialogue;
  }
}
