import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const text = readFileSync(path.join(root, "ARCHITECTURE.md"), "utf8");

const foldersOf = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** Returns the modules of a table, which are the names in its first column. */
function modulesIn(section: string): string[] {
  const body = text.split(`## ${section}`)[1]?.split("\n## ")[0] ?? "";
  return [...body.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ""),
  );
}

describe("ARCHITECTURE.md", () => {
  it("has fewer than 200 lines", () => {
    expect(text.split("\n").length).toBeLessThan(200);
  });

  it("names files and folders that exist", () => {
    const named = [...text.matchAll(/`((?:lib|native|test|docs|scripts)\/[\w./-]+)`/g)].map(
      ([, file]) => file ?? "",
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it("lists exactly the modules that exist", () => {
    const lib = [...foldersOf("lib"), "errors", "log"];
    expect(modulesIn("Modules of lib").toSorted()).toEqual(lib.toSorted());
    const native = [...foldersOf("native/core").map((module) => `core/${module}`), "binding", "tools"];
    expect(modulesIn("Modules of native").toSorted()).toEqual(native.toSorted());
  });

  it("names identifiers that the code has", () => {
    const source = (file: string): string => readFileSync(path.join(root, file), "utf8");
    const pairs: readonly (readonly [string, string])[] = [
      ["PromptCursor", "lib/train/cursor.ts"],
      ["drawSeed", "lib/train/seeds.ts"],
      ["scoreTurns", "lib/reward/taaco-reward.ts"],
      ["stepStatistics", "lib/train/metrics.ts"],
      ["prepareTraining", "lib/setup/training.ts"],
      ["openSession", "lib/train/session.ts"],
      ["make_model", "native/core/model/make_model.cc"],
    ];
    for (const [name, file] of pairs) {
      expect(text).toContain(name);
      expect(source(file)).toMatch(new RegExp(`(function\\*?|class|CausalLM>) ${name}\\b`));
    }
  });
});
