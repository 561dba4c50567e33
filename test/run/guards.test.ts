import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writePreset } from "../../lib/reward/preset-file.ts";
import { resolvePreset } from "../../lib/reward/presets.ts";
import { loggedActingGuards, readGuardLimits } from "../../lib/run/guards.ts";
import { temporaryFile } from "../temporary.ts";

describe("the guards of a run", () => {
  it("are read from its score preset", () => {
    const file = temporaryFile("score_preset.json");
    writePreset(file, resolvePreset("turn"));
    expect(readGuardLimits(file)).toEqual({
      copied: 0.25,
      echoed: 0.7,
      repeated: 0.15,
      linked: 0.3,
      terse: 0,
    });
    writeFileSync(file, '{"guards": [{"name": "copied"}]}');
    expect(() => readGuardLimits(file)).toThrow(/score_preset\.json: guards/);
    expect(readGuardLimits(temporaryFile("none.json"))).toEqual({});
  });

  it("lower the score of a turn beyond their limits only", () => {
    const limits = { copied: 0.25, terse: 0 };
    expect(loggedActingGuards(limits, { guard_copied: 0.25, guard_terse: 0 })).toEqual([]);
    expect(loggedActingGuards(limits, { guard_copied: 0.26, guard_terse: 0.125 })).toEqual([
      "copied",
      "terse",
    ]);
    expect(loggedActingGuards(limits, { guard_copied: null })).toEqual([]);
  });
});
