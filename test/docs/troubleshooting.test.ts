import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

/** Returns all sources as one text, in which the parts of a message that + joins are adjacent. */
function sources(): string {
  const text = ["lib", "native/core", "native/binding", "native/tools"].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8")),
  );
  return text
    .join("\n")
    .replace(/\\"/g, '"')
    .replace(/["`]\s*\+\s*["`]/g, "")
    .replace(/\s+/g, " ");
}

const page = readFileSync(path.join(root, "docs/troubleshooting.md"), "utf8");
const headings = [...page.matchAll(/^### `(.+)`$/gm)].map(([, heading]) => heading ?? "");

/** Returns the fixed parts of a message, between names and numbers. */
const fragments = (heading: string): string[] =>
  heading.split("…").flatMap((part) => (part.trim().length > 5 ? [part.trim()] : []));

describe("docs/troubleshooting.md", () => {
  it("quotes messages of the program", () => {
    const text = sources();
    expect(headings.length).toBeGreaterThan(30);
    const strange = headings.flatMap((heading) => fragments(heading).filter((part) => !text.includes(part)));
    expect(strange).toEqual([]);
  });

  it("finds a message that was reworded", () => {
    expect(sources().includes("the native addon was not constructed")).toBe(false);
  });
});
