import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadSpaces } from "../../lib/spaces/load.ts";
import { neighbours } from "../../lib/spaces/nearest.ts";

const folder = path.resolve(import.meta.dirname, "../../data/starter/spaces");

describe("the starter spaces", () => {
  it("are three small spaces that place related words together", async () => {
    const spaces = await loadSpaces(folder);
    expect(spaces.map(({ kind }) => kind)).toEqual(["lsa", "lda", "word2vec"]);
    const bytes = readdirSync(folder).map((name) => statSync(path.join(folder, name)).size);
    expect(bytes.reduce((sum, size) => sum + size)).toBeLessThan(600_000);
    for (const space of spaces.filter(({ kind }) => kind !== "lda")) {
      const near = new Map(
        neighbours(space, "soup", space.words.length).map(({ word, similarity }) => [word, similarity]),
      );
      expect(near.get("onion"), space.kind).toBeGreaterThan((near.get("goalie") ?? 1) + 0.2);
    }
  });

  it("have topic shares that sum to one, up to the rounding of int8", async () => {
    const lda = (await loadSpaces(folder)).find(({ kind }) => kind === "lda");
    lda?.words.forEach((word, row) => {
      const sum = lda.vector(row).reduce((total, share) => total + share, 0);
      expect(Math.abs(sum - 1), word).toBeLessThan((0.5 / 127) * lda.dimensions);
    });
  });
});
