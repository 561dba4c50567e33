import type { OptionField } from "../../options/field.ts";
import { SPACE_DEFAULTS } from "../../spaces/defaults.ts";

const whole = (name: string, describe: string, min: number, fallback?: number): OptionField => ({
  name,
  kind: "integer",
  group: "Spaces",
  describe,
  min,
  ...(fallback === undefined ? {} : { default: fallback }),
});

/** Options of `spaces build` besides those of the data. */
export const SPACES_FIELDS: readonly OptionField[] = [
  { name: "output", kind: "string", group: "Spaces", describe: "folder of the spaces", default: "spaces" },
  {
    name: "kinds",
    kind: "string",
    group: "Spaces",
    describe: "which to learn, parted by commas",
    default: "lsa,lda,word2vec",
  },
  whole("dimensions", "of LSA and word2vec", 1, SPACE_DEFAULTS.dimensions),
  whole("topics", "of LDA", 1, SPACE_DEFAULTS.topics),
  whole("minCount", "words that occur less often are left out", 1, SPACE_DEFAULTS.minCount),
  whole("threads", "never changes the result; default: all cores", 1),
  {
    name: "dtype",
    kind: "string",
    group: "Spaces",
    describe: "of the stored vectors; int8 takes a quarter of the room",
    choices: ["float32", "int8"],
    default: "float32",
  },
];
