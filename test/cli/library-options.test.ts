import { describe, expect, it } from "vitest";
import {
  buildSpaces,
  calibrate,
  check,
  countFrequencies,
  countSteps,
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

describe("a call with an argument of the wrong kind", () => {
  const expected = { code: "ERR_CONFIG", message: expect.stringMatching(/expected an? /) };
  it.each([
    ["train", () => train(5 as never).next()],
    ["train, null", () => train(null as never).next()],
    ["train, call", () => train({}, null as never).next()],
    ["train, reward", () => train({}, { reward: {} } as never).next()],
    ["train, resume", () => train({ resume: "" }).next()],
    ["train, signal", () => train({}, { signal: "x" } as never).next()],
    ["train, stop", () => train({}, { stop: "x" } as never).next()],
    ["train, onStart", () => train({}, { onStart: "x" } as never).next()],
    ["train, log", () => train({}, { log: {} } as never).next()],
    ["evaluate", () => evaluate(null as never)],
    ["check", () => check(null as never)],
    ["pretrain", () => pretrain(null as never)],
    ["generate", () => generate(undefined as never)],
    ["score", () => score(undefined as never).next()],
    ["report", async () => report(null as never)],
    ["calibrate", () => calibrate(null as never)],
    ["countSteps", () => countSteps(7 as never)],
  ] as const)("is refused before any work: %s", async (_, call) => {
    await expect(call()).rejects.toMatchObject(expected);
  });
});

// A call with a promise instead of its value would otherwise run with the default of every option.
const notAwaited = Promise.resolve({ steps: 1, output: "o", dialogue: "A:: x" }) as never;
const unawaited = {
  train: () => train(notAwaited).next(),
  evaluate: () => evaluate(notAwaited),
  check: () => check(notAwaited),
  countSteps: async () => countSteps(notAwaited),
  pretrain: () => pretrain(notAwaited),
  generate: () => generate(notAwaited),
  score: () => score(notAwaited).next(),
  report: async () => report(notAwaited),
  calibrate: () => calibrate(notAwaited),
  buildSpaces: () => buildSpaces(notAwaited),
  countFrequencies: () => countFrequencies(notAwaited),
  importSpaces: () => importSpaces("x", notAwaited),
  inspectSpaces: () => inspectSpaces("x", notAwaited),
  learnSpaces: () => learnSpaces([["a"]], notAwaited),
  loadSpaces: () => loadSpaces("x", notAwaited),
  loadDialogues: () => loadDialogues("x", notAwaited),
  createTaacoReward: () => createTaacoReward(notAwaited),
};

describe("options that were not awaited", () => {
  it.each(Object.entries(unawaited))("are refused: %s", async (_, call) => {
    await expect(call()).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringMatching(/expected an object of options, got a promise$/),
    });
  });
});

describe("an option in the wrong argument of a call", () => {
  const reward = (): number[] => [1];

  it.each([
    [
      "train",
      () => train({ steps: 1, reward } as never).next(),
      "train: reward belongs in the second argument",
    ],
    ["train", () => train({ onStart: () => {} } as never).next(), "train(options, { onStart })"],
    ["evaluate", () => evaluate({ signal: AbortSignal.abort() } as never), "evaluate(options, { signal })"],
    ["train", () => train({}, { steps: 1 } as never).next(), "train: second argument: unknown option"],
  ])("is refused, and the message names the argument: %s", async (_, call, message) => {
    await expect(call()).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining(message),
    });
  });
});

describe("a signal that is aborted before the call", () => {
  it("ends a run before anything is read", async () => {
    // Without the signal, the missing file is the error.
    const input = { data: "no-such-file.csv", outputDir: "no-such-run" };
    await expect(train(input).next()).rejects.toMatchObject({ code: "ERR_DATA" });
    const aborted = train(input, { signal: AbortSignal.abort("why") }).next();
    await expect(aborted).rejects.toMatchObject({ code: "ERR_ABORTED", cause: "why" });
  });

  it("ends a call whose results are cached", async () => {
    const call = { signal: AbortSignal.abort() };
    await expect(createTaacoReward({ preset: "starter" }, call)).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
  });
});
