import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { TURN_MEASURE_NAMES } from "../../lib/taaco/catalogue.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";

it("docs/taaco.md defines each measure of this package once, and no other", async () => {
  const page = readFileSync(path.resolve(import.meta.dirname, "../../docs/taaco.md"), "utf8");
  const defined = [...page.matchAll(/^\| `(dppo_\w+)` \|/gm)].map(([, name]) => name);
  const taaco = await Taaco.create();
  expect(defined).toEqual([...Object.keys(taaco.extras("One dog.")), ...TURN_MEASURE_NAMES]);
});
