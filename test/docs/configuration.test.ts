import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { configurationPage, pageFile, readReference } from "../../scripts/configuration-reference.js";

const source = (module: string): string =>
  path.resolve(import.meta.dirname, "../../lib/options", `${module}.ts`);
const reference = await readReference(source);
const page = readFileSync(pageFile, "utf8");

describe("docs/configuration.md", () => {
  it("equals the output of `npm run docs:options`", () => {
    expect(page).toBe(configurationPage(reference));
  });

  it("changes with a default", () => {
    const train = { ...reference.train, gamma: { ...reference.train.gamma, default: 0.9 } };
    expect(configurationPage({ ...reference, train })).not.toBe(page);
  });

  it("has a section for every command that has options", () => {
    for (const command of Object.keys(reference.commands)) {
      expect(page).toContain(`\n## Options of \`${command}\`\n`);
    }
  });
});
