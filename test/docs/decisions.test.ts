import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const folder = path.join(root, "docs/decisions");
const notes = readdirSync(folder).filter((name) => name !== "README.md");
const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");

describe("docs/decisions", () => {
  it("each note has a date, one page and the four parts", () => {
    expect(notes.length).toBeGreaterThan(0);
    for (const name of notes) {
      const [, date] = /^(\d{4}-\d{2}-\d{2})-[a-z0-9-]+\.md$/.exec(name) ?? [];
      const text = read(name);
      expect(text, name).toMatch(new RegExp(`^# .+\\n\\n${date}\\n`));
      for (const part of ["Context", "Decision", "Turned down", "Would change our mind"]) {
        expect(text, name).toContain(`**${part}.**`);
      }
      expect(text.split("\n").length, name).toBeLessThan(60);
    }
  });

  it("the list names every note", () => {
    const listed = [...read("README.md").matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link ?? "");
    expect(listed.toSorted()).toEqual(notes.toSorted());
  });

  it("files that notes name exist", () => {
    const named = notes.flatMap((name) =>
      [...read(name).matchAll(/`((?:lib|native)\/[\w./-]+)`/g)].map(([, f]) => f ?? ""),
    );
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});
