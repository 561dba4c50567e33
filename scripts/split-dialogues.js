// Writes the training part and the held-out part of a data file as two files:
//   node scripts/split-dialogues.js DATA FOLDER [--eval-fraction 0.05] [--seed 0]
// A seed of train also decides which dialogues are held out. With two files, runs with different seeds share one split.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { loadTrainingData } from "../dist/data/training-data.js";
import { readArguments, refuseArguments } from "./arguments.js";

const USAGE = "node scripts/split-dialogues.js DATA FOLDER [--eval-fraction 0.05] [--seed 0]";

const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

/** Writes dialogues as a CSV file and returns its path. */
export function writeCsv(file, dialogues) {
  const rows = Array.from(dialogues, ({ id, text }) => `${quoted(id)},${quoted(text)}`);
  writeFileSync(file, `Filename,text\n${rows.join("\n")}\n`);
  return file;
}

async function main() {
  const { values, positionals } = readArguments(USAGE, {
    allowPositionals: true,
    options: {
      "eval-fraction": { type: "string", default: "0.05" },
      seed: { type: "string", default: "0" },
    },
  });
  const [data, folder] = positionals;
  if (!data || !folder) refuseArguments(USAGE, "expected a data file and a folder");
  const split = { evalFraction: Number(values["eval-fraction"]), seed: Number(values.seed) };
  const { train, evaluation } = await loadTrainingData({
    data,
    textColumn: "text",
    minWords: 20,
    maxWords: 400,
    ...split,
  });
  mkdirSync(folder, { recursive: true });
  writeCsv(path.join(folder, "train.csv"), train);
  writeCsv(path.join(folder, "held-out.csv"), evaluation);
}

if (import.meta.filename === process.argv[1]) await main();
