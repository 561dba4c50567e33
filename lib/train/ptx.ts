import type { List } from "../data/list.ts";
import { shuffledOrder } from "../data/order.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import { dialogueText, textRows } from "../dialogue/text-rows.ts";
import { DialoguePpoError } from "../errors.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { hashToInt48 } from "../random.ts";

/** Returns the text of a prompt with the turn that follows it in the data, as pretraining reads it. */
function wholeText({ partial, turns, speaker, human }: Prompt): string {
  return human === null ? `${partial}\n` : dialogueText([...turns, { speaker, text: human }]);
}

/**
 * Gives the training dialogues of the next-token loss of PPO-ptx. Which ones a step gets depends only on the seed and
 * the step, so that a resumed run gets the same. They come in an order of their own, independent of the prompts of the
 * step.
 */
export class PtxDialogues {
  readonly #prompts: List<Prompt>;
  readonly #tokenizer: Tokenizer;
  readonly #seed: number;
  readonly #limit: number;
  #epoch = -1;
  #order: Int32Array = new Int32Array();

  /** @param settings.limit most tokens in a row; the end of a longer dialogue is left out */
  constructor(
    prompts: List<Prompt>,
    tokenizer: Tokenizer,
    settings: { readonly seed: number; readonly limit: number },
  ) {
    this.#prompts = prompts;
    this.#tokenizer = tokenizer;
    this.#seed = hashToInt48(`${settings.seed}/ptx`);
    this.#limit = settings.limit;
  }

  /**
   * Returns the token ids of the dialogues of a step. Those of the next step follow them, as long as `count` stays the
   * same; a run that is resumed with another `count` goes on elsewhere.
   *
   * @param step number of the step, from 1
   * @param count number of dialogues in a step
   */
  rows(step: number, count: number): Int32Array[] {
    return Array.from({ length: count }, (_, index) => this.#row((step - 1) * count + index));
  }

  #row(place: number): Int32Array {
    const epoch = Math.floor(place / this.#prompts.length);
    if (epoch !== this.#epoch) {
      this.#order = shuffledOrder(this.#prompts.length, this.#seed, epoch);
      this.#epoch = epoch;
    }
    const prompt = this.#prompts.at(this.#order[place % this.#prompts.length] as number) as Prompt;
    const [row] = textRows(wholeText(prompt), this.#tokenizer, this.#limit);
    if (row) return row.ids;
    throw new DialoguePpoError("ERR_DATA", `dialogue ${prompt.id} has no token to predict`);
  }
}
