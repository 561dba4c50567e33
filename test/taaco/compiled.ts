import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import ts from "typescript";

const root = path.resolve(import.meta.dirname, "../..");

/** Compiles the module to JavaScript in a temporary folder, because worker threads cannot load TypeScript. */
export function compileTaaco(): { directory: string; remove(): void } {
  const directory = mkdtempSync(path.join(os.tmpdir(), "taaco-compiled-"));
  const filesOf = (folder: string): string[] =>
    readdirSync(path.join(root, "lib", folder), { recursive: true, encoding: "utf8" }).map((file) =>
      path.join(folder, file),
    );
  // The module imports small files at the root of lib, and those of `files`.
  const basics = readdirSync(path.join(root, "lib"));
  for (const name of [...basics, ...filesOf("files"), ...filesOf("taaco")]) {
    if (!name.endsWith(".ts")) continue;
    const { outputText } = ts.transpileModule(readFileSync(path.join(root, "lib", name), "utf8"), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
      },
    });
    const file = path.join(directory, "dist", name.replace(/\.ts$/, ".js"));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, outputText);
  }
  writeFileSync(path.join(directory, "package.json"), '{"type":"module"}');
  for (const name of ["node_modules", "data", "native"]) {
    symlinkSync(path.join(root, name), path.join(directory, name));
  }
  return {
    directory: path.join(directory, "dist"),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
