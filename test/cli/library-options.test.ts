import { describe, expect, it } from "vitest";
import {
  buildSpaces,
  calibrate,
  check,
  countFrequencies,
  createTaacoReward,
  evaluate,
  generate,
  importSpaces,
  inspectSpaces,
  learnSpaces,
  loadDialogues,
  loadSpaces,
  pretrain,
  report,
  score,
  train,
} from "../../lib/index.ts";

// Each call is misspelt in the first or the second argument; the cast stands for a program in JavaScript.
const misspelt = {
  train: () => train({ learningRat: 1 } as never).next(),
  "train, call": () => train({}, { singal: undefined } as never).next(),
  evaluate: () => evaluate({ rum: "x" } as never),
  "evaluate, call": () => evaluate({ run: "x" }, { onProgres: undefined } as never),
  check: () => check({ steos: 1 } as never),
  "check, call": () => check({}, { onItems: undefined } as never),
  pretrain: () => pretrain({ output: "o", stesp: 1 } as never),
  "pretrain, call": () => pretrain({ output: "o" }, { resum: true } as never),
  generate: () => generate({ dialogue: "A:: x", chlid: "x" } as never),
  "generate, call": () => generate({ dialogue: "A:: x" }, { logg: undefined } as never),
  score: () => score({ famlies: "x" } as never).next(),
  "score, call": () => score({}, { singal: undefined } as never).next(),
  report: async () => report({ outpt: "x" } as never),
  "report, call": async () => report({}, { logs: undefined } as never),
  calibrate: () => calibrate({ dta: "x" } as never),
  "calibrate, call": () => calibrate({}, { onProgres: undefined } as never),
  buildSpaces: () => buildSpaces({ dimension: 3 } as never),
  "buildSpaces, call": () => buildSpaces({}, { onProgres: undefined } as never),
  countFrequencies: () => countFrequencies({ mincount: 3 } as never),
  "countFrequencies, call": () => countFrequencies({}, { onProgres: undefined } as never),
  importSpaces: () => importSpaces("x", { knid: "lsa" } as never),
  "importSpaces, call": () => importSpaces("x", {}, { logs: undefined } as never),
  inspectSpaces: () => inspectSpaces("x", { wrod: "dog" } as never),
  learnSpaces: () => learnSpaces([["a"]], { seed: 0, topcs: 3 } as never),
  loadSpaces: () => loadSpaces("x", { dropfirst: true } as never),
  loadDialogues: () => loadDialogues("x", { mimWords: 3 } as never),
  "createTaacoReward, call": () => createTaacoReward({}, { singal: undefined } as never),
};

describe("an option that is misspelt in a program", () => {
  it.each(Object.entries(misspelt))("is refused with the nearest name: %s", async (_, call) => {
    await expect(call()).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringMatching(/unknown option "?\w+"?; did you mean "?[a-z]\w*"?\?$/),
    });
  });
});
