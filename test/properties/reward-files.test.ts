import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Calibration, LengthTable, Moments } from "../../lib/reward/calibration.ts";
import { readCalibration, writeCalibration } from "../../lib/reward/calibration-file.ts";
import type { PresetTerm, ScorePreset } from "../../lib/reward/preset.ts";
import { readPreset, writePreset } from "../../lib/reward/preset-file.ts";
import { TEXT_NAMES, TURN_MEASURE_NAMES } from "../../lib/taaco/catalogue.ts";
import { temporaryFile } from "../temporary.ts";
import { anyText, fc, jsonNumber, resultOrError } from "./laws.ts";

const positive = jsonNumber({ min: 1e-9, max: 1e9 });
const count = fc.integer({ min: 1, max: 1e6 });

const moments: fc.Arbitrary<Moments> = fc.record({ mean: jsonNumber(), sd: jsonNumber({ min: 0 }), count });
const indices = fc.dictionary(fc.constantFrom(...TEXT_NAMES), moments, { maxKeys: 3, noNullPrototype: true });
const table: fc.Arbitrary<LengthTable> = fc.record({
  texts: fc.nat(),
  all: indices,
  bands: fc
    .array(fc.record({ from: count, to: count, words: positive, texts: count, indices }), { maxLength: 3 })
    .map((bands) => bands.toSorted((a, b) => a.words - b.words))
    .filter((bands) => bands.every(({ words }, at) => words !== bands[at - 1]?.words)),
});
const hash = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });
const calibration: fc.Arbitrary<Calibration> = fc.record({
  format: fc.constant("dialogue-ppo calibration" as const),
  version: fc.constant(1 as const),
  corpus: fc.record({ hash, dialogues: count }),
  indexMode: fc.constantFrom("corrected" as const, "faithful" as const),
  scoredText: fc.constantFrom("dialogue" as const, "continuation" as const),
  lists: anyText(),
  spaces: fc.array(
    fc.record({
      kind: fc.constantFrom("lsa" as const, "lda" as const, "word2vec" as const),
      dimensions: count,
      hash: anyText(),
    }),
    { maxLength: 3 },
  ),
  text: table,
  turn: table,
});

const term = (index: string): fc.Arbitrary<PresetTerm> =>
  fc
    .record({
      weight: positive,
      sign: fc.constantFrom(1 as const, -1 as const),
      clip: fc.tuple(
        positive.map((value) => -value),
        positive,
      ),
      absent: fc.option(jsonNumber(), { nil: undefined }),
    })
    .map(({ absent, ...rest }) => ({ index, ...rest, ...(absent !== undefined && { absent }) }));
const preset: fc.Arbitrary<ScorePreset> = fc.constantFrom("text" as const, "turn" as const).chain((scope) => {
  const names = scope === "turn" ? [...TEXT_NAMES, ...TURN_MEASURE_NAMES] : TEXT_NAMES;
  const guard = fc.record({
    name: fc.constantFrom("copied" as const, "echoed" as const, "repeated" as const, "linked" as const),
    free: jsonNumber({ min: 0, max: 0.99 }),
    cost: positive,
  });
  return fc
    .record({
      name: anyText().filter((name) => name !== ""),
      scope: fc.constant(scope),
      raw: fc.boolean(),
      experiment: fc.boolean(),
      terms: fc
        .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 })
        .chain((chosen) => fc.tuple(...chosen.map(term))),
      guards: fc.array(guard, { maxLength: 2 }),
    })
    .map((made) => ({ ...made, raw: made.raw || made.experiment }));
});

/** Replaces one part of a value at any depth. */
function damaged(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== "object" || value === null) return replacement;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return replacement;
  const part = damaged((value as Record<string, unknown>)[key], rest, replacement);
  return Array.isArray(value) ? value.with(Number(key), part) : { ...value, [key]: part };
}

const damage = fc.record({ path: fc.array(fc.nat(20), { maxLength: 5 }), replacement: fc.jsonValue() });
const written = (text: string): string => {
  const file = temporaryFile("file.json");
  writeFileSync(file, text);
  return file;
};

describe("a calibration file", () => {
  it("is read as it was written", async () => {
    await fc.assert(
      fc.asyncProperty(calibration, async (value) => {
        const file = temporaryFile("calibration.json");
        writeCalibration(file, value);
        expect(readCalibration(file)).toEqual(value);
      }),
    );
  });

  it("with any damage, or of any JSON, is read or refused with a one-line error", async () => {
    const content = fc.oneof(
      fc
        .tuple(calibration, damage)
        .map(([value, { path, replacement }]) => damaged(value, path, replacement)),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(content, async (value) => {
        await resultOrError(() => readCalibration(written(JSON.stringify(value))));
      }),
    );
  });
});

describe("a score preset file", () => {
  it("is read as it was written", async () => {
    await fc.assert(
      fc.asyncProperty(preset, async (value) => {
        const file = temporaryFile("preset.json");
        writePreset(file, value);
        expect(readPreset(file)).toEqual(value);
      }),
    );
  });

  it("with any damage, or of any JSON, is read or refused with a one-line error", async () => {
    const head = { format: "dialogue-ppo score preset", version: 1 };
    const content = fc.oneof(
      fc
        .tuple(preset, damage)
        .map(([value, { path, replacement }]) => damaged({ ...head, ...value }, path, replacement)),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(content, async (value) => {
        await resultOrError(() => readPreset(written(JSON.stringify(value))));
      }),
    );
  });

  it("and a calibration of arbitrary text are refused with a one-line error", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          anyText(40),
          fc.json().map((text) => `${text}\n{`),
        ),
        async (text) => {
          const file = written(text);
          expect(await resultOrError(() => readPreset(file))).toBeUndefined();
          expect(await resultOrError(() => readCalibration(file))).toBeUndefined();
        },
      ),
    );
  });
});
