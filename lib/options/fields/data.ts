import type { OptionField } from "../field.ts";

const DATA = "Data";

export const DATA_FIELDS: readonly OptionField[] = [
  {
    name: "data",
    kind: "string",
    location: true,
    group: DATA,
    aliases: ["data_path"],
    describe: "CSV of dialogues; default: the starter dialogues",
  },
  {
    name: "textColumn",
    kind: "string",
    group: DATA,
    default: "text",
    describe: "column that holds the dialogue",
  },
  {
    name: "minWords",
    kind: "integer",
    group: DATA,
    default: 20,
    min: 0,
    describe: "fewest words of a dialogue, labels counted",
  },
  {
    name: "maxWords",
    kind: "integer",
    group: DATA,
    default: 400,
    min: 1,
    describe: "most words of a dialogue, labels counted",
  },
  {
    name: "promptTurns",
    kind: "integer",
    group: DATA,
    default: -1,
    word: "all",
    describe: "turns of the prompt; -1: all but the last; all: the whole text",
  },
  {
    name: "longPrompts",
    kind: "string",
    group: DATA,
    default: "truncate",
    choices: ["truncate", "skip", "error"],
    describe: "what to do with prompts beyond the model's positions",
  },
  {
    name: "evalFraction",
    kind: "number",
    group: DATA,
    default: 0,
    min: 0,
    max: 0.9,
    describe: "share of dialogues held out; 0.2 with the starter data",
  },
];
