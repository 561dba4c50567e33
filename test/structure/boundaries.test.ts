import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

/**
 * TypeScript modules (folders of lib) that a module may import besides itself. `cli` and `index.ts` may import all
 * modules.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  native: [],
  files: ["log"],
  data: [],
  taaco: [],
  run: [],
  page: ["run"],
  hub: [],
  group: ["native"],
  model: ["native", "group"],
  spaces: ["native", "taaco", "data"],
  dialogue: ["model", "data"],
  reward: ["taaco"],
  setup: ["dialogue", "reward", "model", "group", "data", "run", "spaces", "taaco", "hub"],
  bpe: ["model"],
  pretrain: ["setup", "bpe", "model", "group", "data", "dialogue", "run"],
  track: ["page", "run"],
  report: ["run", "page", "taaco"],
  generate: ["setup", "dialogue", "data", "run"],
  score: ["reward", "data", "spaces", "taaco"],
  evaluate: ["setup", "dialogue", "reward", "model", "group", "data", "run", "taaco", "page", "report"],
  train: ["setup", "dialogue", "reward", "model", "group", "data", "track", "run"],
};

/** Small modules at the root of lib that every module may import. */
const BASICS = [
  "errors",
  "arguments",
  "nearest-name",
  "values",
  "dispose",
  "line-ends",
  "repeated-key",
  "connection-error",
  "model-files",
  "format",
  "hash",
  "event-loop",
  "package",
  "mean",
  "random",
  "process-state",
  "text-cache",
  "sample",
];
/** Every module may import these, except `taaco` and `data`, which import only the basics and `files`. */
const COMMON = [...BASICS, "files", "options", "log", "call", "callbacks", "optional-cache", "checked-json"];
const BASICS_ONLY = new Set(["taaco", "data", "files"]);

/** Core modules that a core module may include besides itself. */
const CORE_MAY_INCLUDE: Record<string, readonly string[]> = {
  base: [],
  io: ["base"],
  kernel: ["base"],
  gpu: ["base"],
  model: ["gpu", "kernel", "base"],
  checkpoint: ["model", "io", "base"],
  generate: ["model", "gpu", "kernel", "base"],
  dist: ["base"],
  optim: ["dist", "kernel", "base"],
  ppo: ["lm", "optim", "dist", "model", "io", "base"],
  lm: ["optim", "dist", "model", "io", "base"],
  space: ["base"],
  run: ["base"],
};

function filesBelow(folder: string, extensions: readonly string[]): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.includes(path.extname(entry.name)))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

function moduleOf(file: string, base: string): string {
  const parts = path.relative(base, file).split(path.sep);
  return parts.length === 1 ? path.basename(parts[0] ?? "", ".ts") : (parts[0] ?? "");
}

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8");
  const pattern = /(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g;
  return [...text.matchAll(pattern)].map((match) =>
    path.normalize(path.join(path.dirname(file), match[1] ?? "")),
  );
}

function typescriptViolations(mayImport: Record<string, readonly string[]>): string[] {
  const found: string[] = [];
  for (const file of filesBelow("lib", [".ts"])) {
    const module = moduleOf(file, "lib");
    if (module === "cli" || module === "index") continue;
    for (const target of importsOf(file)) {
      if (!target.startsWith("lib")) continue;
      const other = moduleOf(target, "lib");
      const common = BASICS_ONLY.has(module) ? [...BASICS, "files"] : COMMON;
      if (other !== module && !common.includes(other) && !(mayImport[module] ?? []).includes(other)) {
        found.push(`${file} imports ${target}`);
      }
    }
  }
  return found;
}

function coreViolations(): string[] {
  const found: string[] = [];
  for (const file of filesBelow("native/core", [".h", ".cc", ".cu"])) {
    const module = moduleOf(file, "native/core");
    const text = readFileSync(path.join(root, file), "utf8");
    for (const [, include = ""] of text.matchAll(/#include\s+["<]([^">]+)[">]/g)) {
      const other = include.split("/")[0] ?? "";
      if (/napi|node_api/.test(include)) found.push(`${file} includes ${include}`);
      if (
        other in CORE_MAY_INCLUDE &&
        other !== module &&
        !(CORE_MAY_INCLUDE[module] ?? []).includes(other)
      ) {
        found.push(`${file} includes ${include}`);
      }
    }
    if (/\b(std::cout|std::cerr|printf|getenv)\b/.test(text.replace(/\/\/.*$/gm, ""))) {
      found.push(`${file} prints or reads the environment`);
    }
  }
  return found;
}

/** Returns the import cycles. Each occurs once. */
function importCycles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) found.push([...trail.slice(trail.indexOf(file)), file].join(" -> "));
    if (trail.includes(file) || done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return found;
}

describe("module boundaries", () => {
  it("there are no import cycles, type imports included", () => {
    const imports = new Map(filesBelow("lib", [".ts"]).map((file) => [file, importsOf(file)]));
    expect(importCycles(imports)).toEqual([]);
    expect(
      importCycles(
        new Map([
          ["a", ["b"]],
          ["b", ["c", "a"]],
          ["c", []],
        ]),
      ),
    ).toEqual(["a -> b -> a"]);
  });

  it("every TypeScript module imports only the modules that its row allows", () => {
    expect(typescriptViolations(MAY_IMPORT)).toEqual([]);
  });

  it("finds a forbidden import", () => {
    expect(typescriptViolations({ ...MAY_IMPORT, model: [] }).length).toBeGreaterThan(0);
  });

  it("the core includes no Node header, prints nothing and keeps its module order", () => {
    expect(coreViolations()).toEqual([]);
  });

  it("every module in lib has a row", () => {
    const modules = readdirSync(path.join(root, "lib")).filter((name) =>
      statSync(path.join(root, "lib", name)).isDirectory(),
    );
    const unknown = modules.filter(
      (module) => module !== "cli" && module !== "options" && !(module in MAY_IMPORT),
    );
    expect(unknown).toEqual([]);
  });
});
