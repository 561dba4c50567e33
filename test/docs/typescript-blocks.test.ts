import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import * as library from "../../lib/index.ts";
import { temporaryFolder } from "../temporary.ts";

const root = path.resolve(import.meta.dirname, "../..");
const pages = ["README.md", ...readdirSync(path.join(root, "docs")).map((name) => `docs/${name}`)].filter(
  (page) => page.endsWith(".md"),
);

interface Block {
  /** Page and line number of the first line of the block. */
  readonly place: string;
  readonly code: string;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(path.join(root, page), "utf8");
  return [...text.matchAll(/^```(?:ts|typescript)\n([\s\S]*?)^```$/gm)].map((match) => ({
    place: `${page}:${text.slice(0, match.index).split("\n").length + 1}`,
    code: match[1] ?? "",
  }));
}

/** Returns the `@example` of each exported function in a file, with an import of the names of the package that it uses. */
function examplesIn(file: string): Block[] {
  const text = readFileSync(path.join(root, file), "utf8");
  return [...text.matchAll(/^ \* @example\n((?: \*.*\n)+?)(?: \*\/)/gm)].map((match) => {
    const code = (match[1] ?? "").replace(/^ \* ?/gm, "");
    const names = publicNames.filter((name) => new RegExp(`\\b${name}\\(`).test(code));
    const line = text.slice(0, match.index).split("\n").length + 1;
    return { place: `${file}:${line}`, code: `import { ${names.join(", ")} } from "dialogue-ppo";\n${code}` };
  });
}

/** Names of the functions that the package exports. */
const publicNames = Object.entries(library).flatMap(([name, value]) =>
  typeof value === "function" && /^[a-z]/.test(name) ? [name] : [],
);

const sources = readdirSync(path.join(root, "lib"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => `lib/${name}`);

/** Compiler options of a user's project: strict, ESM and without @types/node. */
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: [],
};

/** Compiles blocks as modules of a project that has the compiled package in its node_modules. */
function errorsIn(blocks: readonly Block[]): string[] {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, "node_modules"));
  symlinkSync(root, path.join(folder, "node_modules/dialogue-ppo"));
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  const places = new Map<string, string>();
  for (const [at, { place, code }] of blocks.entries()) {
    const file = path.join(folder, `block-${at}.ts`);
    writeFileSync(file, code);
    places.set(file, place);
  }
  const program = ts.createProgram([...places.keys()], OPTIONS);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, " ");
    if (!file) return message;
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    return `${places.get(file.fileName) ?? file.fileName}, line ${line}: ${message}`;
  });
}

/** Blocks with an unknown name and an unknown option. Their compilation must fail. */
const WRONG: readonly Block[] = [
  { place: "wrong name", code: 'import { nothing } from "dialogue-ppo";\nconsole.log(nothing);\n' },
  { place: "wrong option", code: 'import { train } from "dialogue-ppo";\ntrain({ step: 1 });\n' },
];

describe("TypeScript in README and docs", () => {
  it("has an example that compiles for every exported function", () => {
    const examples = sources.flatMap(examplesIn);
    const shown = publicNames.filter((name) =>
      examples.some(({ code }) => new RegExp(`\\b${name}\\(`).test(code)),
    );
    expect(shown).toEqual(publicNames);
    expect(errorsIn(examples)).toEqual([]);
  }, 300_000);

  it("compiles against the built package, and wrong TypeScript does not", () => {
    const blocks = pages.flatMap(blocksOf);
    expect(blocks.length).toBeGreaterThan(3);
    expect(errorsIn([...blocks, ...WRONG])).toEqual([
      expect.stringMatching(/^wrong name, line 1: .*no exported member 'nothing'/),
      expect.stringMatching(/^wrong option, line 2: .*'step' does not exist/),
    ]);
  }, 300_000);
});
