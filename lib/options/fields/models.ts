import type { OptionField } from "../field.ts";

const MODELS = "Models";

export const MODELS_FIELDS: readonly OptionField[] = [
  {
    name: "child",
    kind: "string",
    location: true,
    group: MODELS,
    describe: "model to train: a folder or a hub repository; default: the starter child",
  },
  {
    name: "teacher",
    kind: "string",
    location: true,
    group: MODELS,
    describe: "model that improves on the child's turns; default: the starter teacher",
  },
  {
    name: "childTokenizer",
    kind: "string",
    location: true,
    group: MODELS,
    describe: "tokenizer of the child when it is not in its folder",
  },
  {
    name: "teacherTokenizer",
    kind: "string",
    location: true,
    group: MODELS,
    describe: "tokenizer of the teacher when it is not in its folder",
  },
  {
    name: "childEosTokenId",
    kind: "integer",
    group: MODELS,
    min: 0,
    describe: "end token of the child, against its configuration",
  },
  {
    name: "childPadTokenId",
    kind: "integer",
    group: MODELS,
    min: 0,
    describe: "pad token of the child, against its configuration",
  },
  {
    name: "teacherEosTokenId",
    kind: "integer",
    group: MODELS,
    min: 0,
    describe: "end token of the teacher, against its configuration",
  },
  {
    name: "teacherPadTokenId",
    kind: "integer",
    group: MODELS,
    min: 0,
    describe: "pad token of the teacher, against its configuration",
  },
  {
    name: "revision",
    kind: "string",
    group: MODELS,
    default: "main",
    describe: "branch, tag or commit of hub repositories",
  },
  { name: "device", kind: "string", group: MODELS, default: "auto", describe: "auto, cpu, cuda or cuda:N" },
  {
    name: "threads",
    kind: "integer",
    group: MODELS,
    min: 1,
    describe: "threads inside one operation; default: all cores",
  },
];
