import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { canonicalFlags } from "../../lib/cli/options.ts";

const root = path.resolve(import.meta.dirname, "../..");
const program = path.join(root, "dist/cli/main.js");

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "data/starter/README.md",
  ...readdirSync(path.join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

interface Shown {
  readonly page: string;
  readonly line: string;
  readonly command: string;
  readonly flags: readonly string[];
}

/** Returns a command with its subcommand, if it has subcommands. Options belong to the subcommand. */
function fullName(command: string, rest: string): string {
  const subcommand = command === "spaces" ? /^\s+([a-z]+)/.exec(rest)?.[1] : undefined;
  return subcommand === undefined ? command : `${command} ${subcommand}`;
}

/** Returns all calls `dialogue-ppo COMMAND ...` of a page, in code blocks and in text. */
function commandsOf(page: string): Shown[] {
  const text = readFileSync(path.join(root, page), "utf8").replace(/\\\n\s*/g, " ");
  const pattern = /\bnpx\s+dialogue-ppo\s+([a-z][\w-]*)([^\n`#|&]*)/g;
  return [...text.matchAll(pattern)].map(([line, command = "", rest = ""]) => ({
    page,
    line,
    command: fullName(command, rest),
    flags: canonicalFlags(rest.split(/[\s,;()]+/)).flatMap(
      (word) => /^--([a-z][\w-]*)/.exec(word)?.[1] ?? [],
    ),
  }));
}

function helpOf(...args: string[]): string {
  return spawnSync(process.execPath, [program, ...args, "--help"], { encoding: "utf8" }).stdout;
}

const named = (help: string): Set<string> =>
  new Set([...help.matchAll(/--([a-z][\w-]*)/g)].map(([, name]) => name ?? ""));

describe("commands in README and docs", () => {
  const shown = PAGES.flatMap(commandsOf);
  const commands = new Set(
    [...helpOf().matchAll(/^\s+dialogue-ppo ([a-z]+)/gm)].map(([, name]) => name ?? ""),
  );

  it("exist in the program", () => {
    expect(shown.length).toBeGreaterThan(20);
    expect(
      shown
        .filter(({ command }) => !commands.has(command.split(" ")[0] ?? ""))
        .map(({ page, line }) => `${page}: ${line}`),
    ).toEqual([]);
  });

  it("have options that the commands accept", () => {
    const names = new Set(shown.map(({ command }) => command));
    const known = new Map([...names].map((command) => [command, named(helpOf(...command.split(" ")))]));
    const strange = shown.flatMap(({ page, command, flags }) =>
      flags
        .filter(
          (flag) => !known.get(command)?.has(flag) && !known.get(command)?.has(flag.replace(/^no-/, "")),
        )
        .map((flag) => `${page}: ${command} --${flag}`),
    );
    expect(strange).toEqual([]);
  });
});

describe("links in README and docs", () => {
  it("refer to files that exist", () => {
    const pages = [...PAGES, "ARCHITECTURE.md", "CHANGELOG.md"];
    const broken = pages.flatMap((page) => {
      const text = readFileSync(path.join(root, page), "utf8");
      const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link ?? "");
      const folder = path.dirname(path.join(root, page));
      return links
        .filter((link) => !/^[a-z]+:/.test(link))
        .filter((link) => !existsSync(path.join(folder, link)))
        .map((link) => `${page}: ${link}`);
    });
    expect(broken).toEqual([]);
  });
});
