import type { OptionField } from "../field.ts";

const SAMPLING = "Sampling";

export const SAMPLING_FIELDS: readonly OptionField[] = [
  {
    name: "maxNewTokens",
    kind: "integer",
    group: SAMPLING,
    default: 80,
    min: 1,
    describe: "longest turn, child and teacher",
  },
  {
    name: "childTemperature",
    kind: "number",
    group: SAMPLING,
    default: 1,
    min: 0,
    above: true,
    describe: "1 is pure sampling, which PPO assumes",
  },
  { name: "childTopK", kind: "integer", group: SAMPLING, default: 0, min: 0, describe: "0: off" },
  {
    name: "childTopP",
    kind: "number",
    group: SAMPLING,
    default: 1,
    min: 0,
    above: true,
    max: 1,
    describe: "1: off",
  },
  {
    name: "teacherTemperature",
    kind: "number",
    group: SAMPLING,
    default: 0.5,
    min: 0,
    above: true,
    describe: "temperature of the teacher",
  },
  { name: "teacherTopK", kind: "integer", group: SAMPLING, default: 50, min: 0, describe: "0: off" },
  {
    name: "teacherTopP",
    kind: "number",
    group: SAMPLING,
    default: 0.95,
    min: 0,
    above: true,
    max: 1,
    describe: "1: off",
  },
  {
    name: "teacherSamples",
    kind: "integer",
    group: SAMPLING,
    default: 1,
    min: 1,
    describe: "teacher turns a dialogue; their mean score is compared with",
  },
];
