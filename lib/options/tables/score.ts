import { boolean, choice, integer, text } from "../option.ts";
import { DATA_OPTIONS } from "./data.ts";
import { REWARD_OPTIONS } from "./reward.ts";

/** Options of `score` besides the text files. */
export const SCORE_OPTIONS = {
  data: text({ group: "Data", help: "CSV or JSON Lines file with one text per row." }),
  textColumn: { ...DATA_OPTIONS.textColumn, help: "CSV column or JSON field that holds the texts." },
  source: text({ group: "Data", help: "Source text of a summary or retelling; adds the 26 source indices." }),
  sourceColumn: text({
    group: "Data",
    help: "CSV column or JSON field with the source text of each row. Default: source, if the file has it.",
  }),
  paragraphs: choice({
    group: "Data",
    choices: ["lines", "blank"],
    default: "lines",
    help: "Whether each line of a text is a paragraph, or blank lines separate paragraphs.",
  }),
  scorePreset: {
    ...REWARD_OPTIONS.scorePreset,
    words: ["taaco", "original"],
    help: "Indices and weights of the score: taaco, original, or a .json file of your own.",
  },
  indexMode: REWARD_OPTIONS.indexMode,
  calibration: {
    ...REWARD_OPTIONS.calibration,
    help: "Calibration file of the composite score. Default: the starter calibration.",
  },
  spaces: { ...REWARD_OPTIONS.spaces, help: "Folder of semantic spaces. Default: the starter spaces." },
  taacoLists: REWARD_OPTIONS.taacoLists,
  frequencies: text({
    group: "Reward",
    help: "File of reference frequencies. Without it the keyword indices stay empty.",
  }),
  families: text({
    group: "Output",
    help: "Families of indices to write, separated by commas: diversity, sentence-overlap, paragraph-overlap, synonyms, semantic, connectives, givenness, source. Default: all.",
  }),
  counts: boolean({
    group: "Output",
    help: "Add the numbers of words, sentences, paragraphs and of the tokens and types of each word class.",
  }),
  tagged: text({
    group: "Output",
    help: "File for form, lemma, tag and word classes of each token, .conllu or .jsonl.",
  }),
  workers: integer({
    min: 0,
    max: 256,
    help: "Worker threads; 0 to use the main thread. Default: one per core, at most 8.",
  }),
  explain: text({
    group: "Output",
    help: "Index or family whose words and segment pairs are shown, or composite, whose parts are shown.",
  }),
  output: text({
    group: "Output",
    help: "File for the rows, .csv or .jsonl. Default: a table at a terminal, otherwise CSV to standard output.",
  }),
};
