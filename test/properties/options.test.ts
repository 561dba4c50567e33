import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DialoguePpoError } from "../../lib/errors.ts";
import { optionNames } from "../../lib/options/option.ts";
import { readConfigFile, resolveConfig } from "../../lib/options/resolve.ts";
import { flagName } from "../../lib/options/spelling.ts";
import { TRAIN_OPTIONS } from "../../lib/options/train-config.ts";
import { temporaryFile } from "../temporary.ts";
import { anyText, fc, resultOrError } from "./laws.ts";

const option = fc.constantFrom(...optionNames(TRAIN_OPTIONS));
const anyValue = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true }),
  fc.double(),
  fc.integer(),
  anyText(),
  fc.constantFrom("true", "false", "all", "", " ", "1e400", "0x10", "-0"),
);

describe("resolveConfig", () => {
  it("accepts any value of any option, or refuses it and names the option", () => {
    fc.assert(
      fc.property(option, anyValue, (name, value) => {
        try {
          const { config, origins } = resolveConfig({ flags: { child: "c", [name]: value } });
          const resolved = (config as unknown as Record<string, unknown>)[name];
          if (value !== undefined) expect(origins[name]).toBe("flag");
          if (typeof value === "number" || typeof value === "boolean") expect(resolved).toBe(value);
        } catch (error) {
          if (!(error instanceof DialoguePpoError)) throw error;
          expect(error.code).toBe("ERR_CONFIG");
          // Options that do not fit together are named as flags.
          expect([name, flagName(name)].some((spelling) => error.message.includes(spelling))).toBe(true);
          expect(error.message).not.toMatch(/[\r\n]/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("refuses every unknown option", async () => {
    const known = new Set<string>(optionNames(TRAIN_OPTIONS));
    const name = fc.oneof(anyText(), fc.constantFrom("constructor", "__proto__", "toString", "learningrate"));
    await fc.assert(
      fc.asyncProperty(
        name.filter((text) => !known.has(text)),
        async (text) => {
          const flags = Object.fromEntries([[text, 1]]);
          expect(await resultOrError(() => resolveConfig({ flags }))).toBeUndefined();
        },
      ),
    );
  });

  it("refuses every unknown preset", async () => {
    const preset = fc.oneof(anyText(), fc.constantFrom("constructor", "__proto__", "toString"));
    await fc.assert(
      fc.asyncProperty(preset, async (name) => {
        expect(await resultOrError(() => resolveConfig({ preset: name }))).toBeUndefined();
      }),
    );
  });
});

describe("readConfigFile", () => {
  const written = (ending: string, text: string): string => {
    const file = temporaryFile(`run.${ending}`);
    writeFileSync(file, text);
    return file;
  };

  it("reads any JSON object, as JSON and as YAML", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(anyText(), fc.jsonValue()), async (values) => {
        const text = JSON.stringify(values);
        expect(await readConfigFile(written("json", text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("reads any text or refuses it with a one-line error", async () => {
    const ending = fc.constantFrom("json", "yaml");
    const text = fc.oneof(
      anyText(30),
      fc.json(),
      fc.string({ unit: fc.constantFrom(..."ab: \n-{}[]&*!|>'\"#?,"), maxLength: 30 }),
    );
    await fc.assert(
      fc.asyncProperty(ending, text, async (ending, content) => {
        await resultOrError(() => readConfigFile(written(ending, content)));
      }),
    );
  });
});
