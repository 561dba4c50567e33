import path from "node:path";
import { describe, expect, it } from "vitest";
import { fixed, integer, text } from "../../lib/options/option.ts";
import { checkSameData, checkUnchanged, storedConfig } from "../../lib/run/stored-config.ts";

const TABLE = {
  data: text({ location: true, help: "A file." }),
  child: text({ location: true, help: "A folder or a repository." }),
  name: text({ help: "A name." }),
  steps: integer({ help: "Steps." }),
  stopAfter: integer({ help: "Steps of this invocation." }),
  ...fixed({ seed: integer({ help: "Seed." }), batchSize: integer({ help: "Rows." }) }),
};

describe("a configuration that is stored", () => {
  it("has absolute paths of existing files, and no option that applies to one invocation", () => {
    const config = {
      data: "package.json",
      child: "owner/name",
      steps: 3,
      stopAfter: 1,
      name: "package.json",
    };
    expect(storedConfig(config, TABLE, ["stopAfter"])).toEqual({
      data: path.resolve("package.json"),
      child: "owner/name",
      steps: 3,
      name: "package.json",
    });
  });
});

describe("the checks of a resumed run", () => {
  const explain = (flag: string, value: unknown, before: unknown): string =>
    `${flag} ${value}, was ${before}`;

  it("name the first fixed option with another value", () => {
    const check = (values: object): void =>
      checkUnchanged(TABLE, { ...values }, { seed: 1, batchSize: 8, steps: 3 }, explain);
    expect(() => check({ seed: 1, batchSize: 8, steps: 9 })).not.toThrow();
    expect(() => check({ steps: 9 })).not.toThrow();
    expect(() => check({ seed: 2, batchSize: 4 })).toThrow(/^--seed 2, was 1$/);
    expect(() => check({ seed: 1, batchSize: 4 })).toThrow(/^--batch-size 4, was 8$/);
  });

  it("compare the data files by their contents", () => {
    const run = { root: "my-run", dataHash: "abc" };
    expect(() => checkSameData("abc", run)).not.toThrow();
    expect(() => checkSameData("abd", run)).toThrow(
      /^the data file is not the one the run in my-run was begun with; its contents differ$/,
    );
  });
});
