import { choice, group, integer, text } from "../option.ts";
import { MODEL_OPTIONS } from "./models.ts";

/**
 * Options of `spaces build` besides those of the data. More than 100 dimensions made neighbours worse in short
 * dialogues.
 */
export const SPACES_BUILD_OPTIONS = group("Spaces", {
  output: text({ default: "spaces", help: "Folder for the spaces." }),
  kinds: text({ default: "lsa,lda,word2vec", help: "Kinds of spaces to learn, separated by commas." }),
  dimensions: integer({ default: 100, min: 1, help: "Dimensions of LSA and word2vec." }),
  topics: integer({ default: 100, min: 1, help: "Topics of LDA." }),
  minCount: integer({ default: 2, min: 1, help: "Words that occur less often are left out." }),
  threads: {
    ...MODEL_OPTIONS.threads,
    help: "CPU threads, which do not change the result. Default: all cores.",
  },
  dtype: choice({
    choices: ["float32", "int8"],
    default: "float32",
    help: "Type of the stored vectors; int8 takes a quarter of the space.",
  }),
});

/** Options of `spaces info`. */
export const SPACES_INFO_OPTIONS = group("Spaces", {
  word: text({ help: "Lemma whose nearest neighbours are shown." }),
  count: integer({ default: 10, min: 1, help: "Number of neighbours, or of words per topic." }),
});

/** Options of `spaces import`. */
export const SPACES_IMPORT_OPTIONS = group("Spaces", {
  output: SPACES_BUILD_OPTIONS.output,
  dtype: SPACES_BUILD_OPTIONS.dtype,
  kind: choice({
    choices: ["lsa", "lda", "word2vec"],
    default: "word2vec",
    help: "Kind of space that a single file holds.",
  }),
});

/** Options of `spaces frequencies` besides those of the data. */
export const SPACES_FREQUENCIES_OPTIONS = group("Spaces", {
  minCount: SPACES_BUILD_OPTIONS.minCount,
  output: text({ default: "frequencies.tsv", help: "File for the frequencies." }),
});
