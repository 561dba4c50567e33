import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

/** Which TypeScript rooms a room may import besides itself; `cli` and `index.ts` may know everything. */
const MAY_KNOW: Record<string, readonly string[]> = {
  native: [],
  data: [],
  taaco: [],
  run: [],
  page: ["run"],
  hub: [],
  model: ["native"],
  spaces: ["native", "taaco", "data"],
  dialogue: ["model", "data"],
  reward: ["taaco"],
  setup: ["dialogue", "reward", "model", "data", "run", "spaces", "taaco", "hub", "pretrain"],
  pretrain: ["model", "data", "dialogue", "native"],
  track: ["page", "run"],
  report: ["run", "page", "taaco"],
  generate: ["setup", "dialogue", "model", "data", "run", "hub"],
  score: ["reward", "data", "spaces", "taaco"],
  evaluate: ["setup", "dialogue", "reward", "model", "data", "run", "taaco", "page", "report", "hub"],
  train: ["setup", "dialogue", "reward", "model", "data", "track", "run", "hub"],
};

/** Small modules at the root of lib that every module may import. */
const BASICS = ["errors", "format", "event-loop", "package", "random", "sample"];
/** Shared by every module but `taaco` and `data`, which know only the basics. */
const COMMON = [...BASICS, "options", "log"];
const BASICS_ONLY = new Set(["taaco", "data"]);

/** Which core rooms a core room may include besides itself. */
const CORE_MAY_KNOW: Record<string, readonly string[]> = {
  base: [],
  io: ["base"],
  model: ["io", "base"],
  generate: ["model", "base"],
  optim: ["base", "io"],
  ppo: ["optim", "model", "io", "base"],
  lm: ["optim", "model", "io", "base"],
  space: ["run", "base"],
  run: ["base"],
};

function filesBelow(folder: string, extensions: readonly string[]): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.includes(path.extname(entry.name)))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

function roomOf(file: string, base: string): string {
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

function typescriptViolations(mayKnow: Record<string, readonly string[]>): string[] {
  const found: string[] = [];
  for (const file of filesBelow("lib", [".ts"])) {
    const room = roomOf(file, "lib");
    if (room === "cli" || room === "index") continue;
    for (const target of importsOf(file)) {
      if (!target.startsWith("lib")) continue;
      const other = roomOf(target, "lib");
      const common = BASICS_ONLY.has(room) ? BASICS : COMMON;
      if (other !== room && !common.includes(other) && !(mayKnow[room] ?? []).includes(other)) {
        found.push(`${file} imports ${target}`);
      }
    }
  }
  return found;
}

function coreViolations(): string[] {
  const found: string[] = [];
  for (const file of filesBelow("native/core", [".h", ".cc"])) {
    const room = roomOf(file, "native/core");
    const text = readFileSync(path.join(root, file), "utf8");
    for (const [, include = ""] of text.matchAll(/#include\s+["<]([^">]+)[">]/g)) {
      const other = include.split("/")[0] ?? "";
      if (/napi|node_api/.test(include)) found.push(`${file} includes ${include}`);
      if (other in CORE_MAY_KNOW && other !== room && !(CORE_MAY_KNOW[room] ?? []).includes(other)) {
        found.push(`${file} includes ${include}`);
      }
    }
    if (/\b(std::cout|std::cerr|printf|getenv)\b/.test(text.replace(/\/\/.*$/gm, ""))) {
      found.push(`${file} prints or reads the environment`);
    }
  }
  return found;
}

/** Chains of imports that lead back to where they began, each told once. */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(" -> "));
    if (way.includes(file) || done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return found;
}

describe("who may know whom", () => {
  it("no file comes back to itself through what it imports, types included", () => {
    const imports = new Map(filesBelow("lib", [".ts"]).map((file) => [file, importsOf(file)]));
    expect(circles(imports)).toEqual([]);
    expect(
      circles(
        new Map([
          ["a", ["b"]],
          ["b", ["c", "a"]],
          ["c", []],
        ]),
      ),
    ).toEqual(["a -> b -> a"]);
  });

  it("every TypeScript room imports only the rooms it may know", () => {
    expect(typescriptViolations(MAY_KNOW)).toEqual([]);
  });

  it("notices a forbidden import", () => {
    expect(typescriptViolations({ ...MAY_KNOW, model: [] }).length).toBeGreaterThan(0);
  });

  it("the core knows nothing of Node, prints nothing and keeps its order", () => {
    expect(coreViolations()).toEqual([]);
  });

  it("every room in lib is named here", () => {
    const rooms = readdirSync(path.join(root, "lib")).filter((name) =>
      statSync(path.join(root, "lib", name)).isDirectory(),
    );
    const unknown = rooms.filter((room) => room !== "cli" && room !== "options" && !(room in MAY_KNOW));
    expect(unknown).toEqual([]);
  });
});
