import type { OptionField } from "../field.ts";

const REWARD = "Reward";

export const REWARD_FIELDS: readonly OptionField[] = [
  {
    name: "scorePreset",
    kind: "string",
    group: REWARD,
    default: "taaco",
    describe: "composite of cohesion indices: taaco, turn, original, or a .json file of indices and weights",
  },
  {
    name: "indexMode",
    kind: "string",
    group: REWARD,
    default: "corrected",
    choices: ["corrected", "faithful"],
    describe: "TAACO's quirks mended or kept",
  },
  {
    name: "scoredText",
    kind: "string",
    group: REWARD,
    default: "dialogue",
    choices: ["dialogue", "continuation"],
    describe: "score the dialogue with the new turn, or the turn alone",
  },
  {
    name: "failurePolicy",
    kind: "string",
    group: REWARD,
    default: "drop",
    choices: ["drop", "zero", "fail"],
    describe: "for a sample that could not be scored",
  },
  {
    name: "calibration",
    kind: "string",
    location: true,
    group: REWARD,
    describe: "file of means and deviations; default: measured on the training dialogues",
  },
  {
    name: "spaces",
    kind: "string",
    location: true,
    group: REWARD,
    describe: "folder of semantic spaces; default: learnt from the training dialogues",
  },
  {
    name: "taacoLists",
    kind: "string",
    location: true,
    group: REWARD,
    describe: "folder of the official TAACO package, whose lists are then used",
  },
  {
    name: "useScoreScaling",
    kind: "boolean",
    group: REWARD,
    default: true,
    describe: "divide rewards by their running deviation",
  },
  {
    name: "useScoreNorm",
    kind: "boolean",
    group: REWARD,
    default: true,
    describe: "subtract their running mean",
  },
  {
    name: "scoreClip",
    kind: "number",
    group: REWARD,
    min: 0,
    above: true,
    describe: "clip rewards to plus and minus this",
  },
];
