import { describe, expectTypeOf, it } from "vitest";
import {
  type Dialogue,
  DialoguePpoError,
  type ErrorCode,
  type GenerateOptions,
  type IndexValues,
  LanguageModel,
  type LmTrainer,
  type LoadOptions,
  loadDialogues,
  type loadSpaces,
  type PpoBatch,
  type PpoTrainer,
  type RewardFunction,
  type SampleRecord,
  Taaco,
  type Tokenizer,
  type TrainResult,
  train,
  type VectorSpace,
} from "../../lib/index.ts";

describe("train", () => {
  it("yields steps, with null for values that are not finite, and returns a result", async () => {
    expectTypeOf(train).returns.toExtend<AsyncGenerator<unknown, TrainResult>>();
    for await (const step of train({ steps: 1 })) {
      expectTypeOf(step.step).toEqualTypeOf<number>();
      expectTypeOf(step.stats).toEqualTypeOf<Readonly<Record<string, number | null>>>();
      expectTypeOf(step.samples).toEqualTypeOf<readonly SampleRecord[]>();
    }
    expectTypeOf<Omit<TrainResult, "selection">>().toEqualTypeOf<{
      readonly outputDir: string;
      readonly checkpoint: string;
      readonly steps: number;
    }>();
    type Best = NonNullable<TrainResult["selection"]>;
    expectTypeOf<Pick<Best, "checkpoint" | "reason">>().toEqualTypeOf<{
      readonly checkpoint: string | null;
      readonly reason: string;
    }>();
  });

  it("accepts all options or none, and refuses unknown names and values", () => {
    expectTypeOf(train).toBeCallableWith();
    expectTypeOf(train).toBeCallableWith({ preset: "starter", resume: true, promptTurns: "all", steps: 5 });
    // @ts-expect-error unknown option
    train({ learningrate: 1 });
    // @ts-expect-error text instead of a number
    train({ steps: "5" });
    // @ts-expect-error unknown value of the option
    train({ klPenalty: "k3" });
    // @ts-expect-error a reward for one sample instead of a batch
    train({}, { reward: () => 1 });
  });

  it("accepts a synchronous or asynchronous reward that returns numbers or a typed array", () => {
    expectTypeOf<(samples: readonly { child: string }[]) => number[]>().toExtend<RewardFunction>();
    expectTypeOf<() => Promise<Float32Array>>().toExtend<RewardFunction>();
    expectTypeOf<Parameters<RewardFunction>[0][number]["human"]>().toEqualTypeOf<string | null>();
  });
});

describe("Taaco", () => {
  it("returns numbers or null by name", () => {
    expectTypeOf<Taaco["indices"]>().returns.toEqualTypeOf<IndexValues>();
    expectTypeOf<IndexValues[string]>().toEqualTypeOf<number | null>();
    expectTypeOf<Taaco["listSource"]>().toEqualTypeOf<"own" | "official">();
  });

  it("accepts a text, turns or an analysis, and loaded spaces", () => {
    expectTypeOf<Taaco["indices"]>().toBeCallableWith("text", { only: ["lemma_ttr"] });
    expectTypeOf<Taaco["indices"]>().toBeCallableWith({ turns: [{ speaker: "A", text: "Hello." }] });
    expectTypeOf<Taaco["indices"]>().toBeCallableWith({ paragraphs: {} as ReturnType<Taaco["analyse"]> });
    expectTypeOf<Awaited<ReturnType<typeof loadSpaces>>>().toExtend<VectorSpace[]>();
    // @ts-expect-error unknown mode
    Taaco.create({ mode: "exact" });
  });
});

describe("models and trainers", () => {
  it("accept only known options", () => {
    expectTypeOf<LoadOptions["dtype"]>().toEqualTypeOf<
      "float32" | "bfloat16" | "float16" | "float64" | "auto" | undefined
    >();
    expectTypeOf(LanguageModel.load).returns.resolves.toEqualTypeOf<LanguageModel>();
    // @ts-expect-error unknown type of weights
    LanguageModel.load("model", { dtype: "int8" });
    // @ts-expect-error unknown option
    LanguageModel.load("model", { precision: "float32" });
  });

  it("generate token ids", () => {
    expectTypeOf<LanguageModel["generate"]>().parameter(0).toEqualTypeOf<GenerateOptions>();
    expectTypeOf<LanguageModel["generate"]>().returns.resolves.toEqualTypeOf<{ sequences: Int32Array[] }>();
    expectTypeOf<Tokenizer["encode"]>().returns.toEqualTypeOf<Int32Array>();
  });

  it("return the figures of a step", () => {
    type Result = Awaited<ReturnType<PpoTrainer["step"]>>;
    expectTypeOf<PpoTrainer["step"]>().parameter(0).toEqualTypeOf<PpoBatch>();
    expectTypeOf<Result["stats"]>().toExtend<Readonly<Record<string, number>>>();
    expectTypeOf<Result["arrays"]>().toExtend<Readonly<Record<string, Float32Array>>>();
    expectTypeOf<Result["klCoef"]>().toEqualTypeOf<number>();
    expectTypeOf<Awaited<ReturnType<LmTrainer["step"]>>["loss"]>().toEqualTypeOf<number>();
    // @ts-expect-error a batch without scores
    ({}) as PpoTrainer["step"] satisfies (batch: {
      queries: Int32Array[];
      responses: Int32Array[];
    }) => unknown;
  });

  it("can be released by `await using`", () => {
    expectTypeOf<LanguageModel>().toExtend<AsyncDisposable>();
    expectTypeOf<PpoTrainer>().toExtend<AsyncDisposable>();
  });
});

describe("data and errors", () => {
  it("dialogues are read only", () => {
    expectTypeOf(loadDialogues).returns.resolves.toHaveProperty("dialogues").toEqualTypeOf<Dialogue[]>();
    expectTypeOf<Dialogue["turns"][number]["speaker"]>().toEqualTypeOf<string>();
    // @ts-expect-error a dialogue's text cannot be assigned
    (({}) as Dialogue).text = "";
  });

  it("errors carry one of the known codes", () => {
    expectTypeOf<DialoguePpoError["code"]>().toEqualTypeOf<ErrorCode>();
    expectTypeOf<"ERR_CONFIG">().toExtend<ErrorCode>();
    expectTypeOf<string>().not.toExtend<ErrorCode>();
    expectTypeOf(new DialoguePpoError("ERR_DATA", "x").exitCode).toEqualTypeOf<number>();
  });
});
