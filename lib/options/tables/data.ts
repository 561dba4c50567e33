import { choice, fixed, group, integer, integerOr, number, text } from "../option.ts";

/** Options that choose the dialogues and the prompts made of them. */
export const DATA_OPTIONS = group("Data", {
  data: text({
    location: true,
    aliases: ["data_path"],
    help: "CSV or JSON Lines file of dialogues. Default: the starter dialogues.",
  }),
  ...fixed({
    textColumn: text({ default: "text", help: "CSV column or JSON field that holds the dialogues." }),
    minWords: integer({
      default: 20,
      min: 0,
      help: "Minimum length of a dialogue in words, labels included.",
    }),
    maxWords: integer({
      default: 400,
      min: 1,
      help: "Maximum length of a dialogue in words, labels included.",
    }),
    promptTurns: integerOr("all", {
      default: -1,
      help: "Turns in a prompt: a number, -1 for all but the last turn, or all for the whole dialogue.",
    }),
    longPrompts: choice({
      choices: ["truncate", "skip", "error"],
      default: "truncate",
      help: "What to do with prompts that exceed the model's positions.",
    }),
    evalFraction: number({
      default: 0,
      min: 0,
      max: 0.9,
      help: "Fraction of the dialogues that is held out for evaluation.",
    }),
  }),
});
