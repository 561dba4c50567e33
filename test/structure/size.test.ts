import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

/** Files that may exceed the limits, each with its reason. */
const LONG_FILES: Record<string, string> = {};

/** Functions that may exceed 60 lines, "file:name" with its reason. */
const LONG_FUNCTIONS: Record<string, string> = {};

const LIMITS = {
  median: 120,
  p90: 300,
  max: 400,
  functionLines: 60,
  depth: 3,
  functions: 24,
  exports: 108,
  commentColumns: 120,
};

function sources(folder: string, extensions: readonly string[]): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.includes(path.extname(entry.name)))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

const lines = (file: string): number =>
  readFileSync(path.join(root, file), "utf8").trimEnd().split("\n").length;

const typescript = sources("lib", [".ts"]);
const native = [
  ...sources("native/core", [".h", ".cc", ".cu"]),
  ...sources("native/binding", [".h", ".cc"]),
  ...sources("native/tools", [".js"]),
];

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function longFunctions(file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
      const last = source.getLineAndCharacterOfPosition(node.getEnd()).line;
      const name = node.name?.getText(source) ?? `line ${first + 1}`;
      const key = `${file}:${name}`;
      if (last - first + 1 > LIMITS.functionLines && !(key in LONG_FUNCTIONS)) {
        found.push(`${key} has ${last - first + 1} lines`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * Returns the long C++ functions at namespace or class level. A function ends at the brace in the column of its first
 * line.
 */
function longNativeFunctions(file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8").split("\n");
  const found: string[] = [];
  text.forEach((line, start) => {
    if (!/^\s{0,2}[A-Za-z].*\)\s*(const|noexcept|override|\s)*\{$/.test(line)) return;
    if (/^\s*(if|for|while|switch|namespace|class|struct)\b/.test(line)) return;
    const indent = line.length - line.trimStart().length;
    const close = text.findIndex((other, at) => at > start && other.startsWith(`${" ".repeat(indent)}}`));
    if (close - start + 1 > LIMITS.functionLines)
      found.push(`${file}:${start + 1} has ${close - start + 1} lines`);
  });
  return found;
}

describe("file and function sizes", () => {
  for (const [name, files] of [
    ["lib", typescript],
    ["native", native],
  ] as const) {
    it(`${name}: median, 90th percentile and longest file stay within the limits`, () => {
      const counts = files.map(lines);
      expect(quantile(counts, 0.5)).toBeLessThanOrEqual(LIMITS.median);
      expect(quantile(counts, 0.9)).toBeLessThanOrEqual(LIMITS.p90);
      expect(files.filter((file) => lines(file) > LIMITS.max && !(file in LONG_FILES))).toEqual([]);
    });
  }

  it("functions have at most 60 lines", () => {
    expect(typescript.flatMap(longFunctions)).toEqual([]);
    expect(native.filter((file) => file.endsWith(".cc")).flatMap(longNativeFunctions)).toEqual([]);
  });

  it("lines of comments have at most 120 columns", () => {
    const tooLong = typescript.flatMap((file) =>
      readFileSync(path.join(root, file), "utf8")
        .split("\n")
        .flatMap((line, at) =>
          /^\s*(\/\/|\/?\*)/.test(line) && line.length > LIMITS.commentColumns ? [`${file}:${at + 1}`] : [],
        ),
    );
    expect(tooLong).toEqual([]);
  });

  it("folders are at most three levels deep", () => {
    const deep = [...typescript, ...native].filter(
      (file) => path.dirname(file).split(path.sep).length > LIMITS.depth,
    );
    expect(deep).toEqual([]);
  });

  it("the public surface is small", () => {
    const text = readFileSync(path.join(root, "lib/index.ts"), "utf8");
    const source = ts.createSourceFile("index.ts", text, ts.ScriptTarget.ES2023, true);
    let names = 0;
    let functions = 0;
    source.forEachChild((node) => {
      if (ts.isExportDeclaration(node) && node.exportClause && ts.isNamedExports(node.exportClause)) {
        const { elements } = node.exportClause;
        names += elements.length;
        functions += node.isTypeOnly ? 0 : elements.filter(({ isTypeOnly }) => !isTypeOnly).length;
      } else if (ts.isExportDeclaration(node)) {
        throw new Error("lib/index.ts must export by name");
      }
    });
    expect(functions).toBeGreaterThan(0);
    expect(functions).toBeLessThanOrEqual(LIMITS.functions);
    expect(names).toBeLessThanOrEqual(LIMITS.exports);
  });
});
