import type { OptionField } from "../../options/field.ts";
import { text } from "../own-options.ts";

/** Options of `score` besides the text files. */
export const SCORE_FIELDS: readonly OptionField[] = [
  text("data", "CSV with one text a row, or JSON lines (.jsonl)"),
  { ...text("textColumn", "CSV column of the texts"), default: "text" },
  text("source", "source text: adds the 26 source indices"),
  text("output", "file for the rows, .csv or .jsonl; default: CSV on standard output, a table at a terminal"),
  text("spaces", "folder of semantic spaces; default: the starter spaces"),
  text("calibration", "calibration of the composite; default: the starter one"),
  {
    ...text("scorePreset", "composite: taaco, original or a .json file of indices and weights"),
    default: "taaco",
  },
  {
    ...text("indexMode", "quirks of the official tool mended or kept"),
    choices: ["corrected", "faithful"],
    default: "corrected",
  },
  text("taacoLists", "folder of the official package's word lists"),
  text("frequencies", "reference frequencies for the keyword indices"),
  {
    name: "workers",
    kind: "integer",
    group: "",
    describe: "threads; 0 works in the main one; default: one a core, at most 8",
    min: 0,
    max: 256,
  },
  text("explain", "show the words and segment pairs behind an index"),
];
