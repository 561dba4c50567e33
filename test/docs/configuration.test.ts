import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TRAIN_FIELDS } from "../../lib/options/fields.ts";
import { PRESETS } from "../../lib/options/presets.ts";
import { PRETRAIN_FIELDS } from "../../lib/pretrain/fields.ts";
import { configurationPage, pageFile } from "../../scripts/configuration-reference.js";

describe("docs/configuration.md", () => {
  it("is what `npm run docs:options` writes now", () => {
    expect(readFileSync(pageFile, "utf8")).toBe(configurationPage(TRAIN_FIELDS, PRESETS, PRETRAIN_FIELDS));
  });

  it("would be another page with another default", () => {
    const changed = TRAIN_FIELDS.map((field) =>
      field.name === "gamma" ? { ...field, default: 0.9 } : field,
    );
    expect(configurationPage(changed, PRESETS, PRETRAIN_FIELDS)).not.toBe(readFileSync(pageFile, "utf8"));
  });
});
