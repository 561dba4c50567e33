// Writes the starter dialogues:
//   node scripts/starter-dialogues/make.js [--count 8400] [--seed 1] [--output data/starter/dialogues.csv] [--mixed 0.4]
// With --mixed, that share of the last replies comes from dialogues about other subjects; the ids stay the same. The same options
// write the same file.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { composeDialogues, mixReplies } from "./compose.js";

const DEFAULT_OUTPUT = path.resolve(import.meta.dirname, "../../data/starter/dialogues.csv");

/** Returns the row of a dialogue: its id, its text with labels, the number of words without and with labels, and its subject. */
function toRow({ turns, first, subject }, index) {
  const speakers = first === "A" ? ["A", "B"] : ["B", "A"];
  const text = turns.map((turn, at) => `${speakers[at % 2]}:: ${turn}`).join("\n");
  const words = turns.join(" ").split(" ").length;
  return `dialog_${String(index).padStart(5, "0")}.txt,"${text}",${words},${words + turns.length},${subject}`;
}

/** Returns the CSV file of dialogues. */
export function toCsv(dialogues) {
  return `${["Filename,text,num_words,token_length,subject", ...dialogues.map(toRow)].join("\n")}\n`;
}

/** Writes the dialogues; `mixed` is the share of last replies from other dialogues. */
export function writeDialogues({ output = DEFAULT_OUTPUT, count = 8400, seed = 1, mixed = 0 }) {
  const dialogues = composeDialogues({ count, seed });
  writeFileSync(output, toCsv(mixed > 0 ? mixReplies(dialogues, { share: mixed, seed }) : dialogues));
}

if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({
    options: {
      count: { type: "string" },
      seed: { type: "string" },
      output: { type: "string" },
      mixed: { type: "string" },
    },
  });
  const number = (text) => (text === undefined ? undefined : Number(text));
  writeDialogues({
    output: values.output,
    count: number(values.count),
    seed: number(values.seed),
    mixed: number(values.mixed),
  });
}
