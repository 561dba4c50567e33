// Compiles the readers of untrusted files with sanitizers, without the rest of the core.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parallelJobs } from "../native/tools/build.js";
import { findLibtorch } from "../native/tools/find-libtorch.js";
import { isAvailable } from "./debian.js";

const root = path.resolve(import.meta.dirname, "..");

const OPTIONS = ["-std=c++20", "-O1", "-g", "-fno-omit-frame-pointer", "-DAT_PER_OPERATOR_HEADERS"];

/** Runs a program with its output on stderr. Throws an error if it fails. */
async function run(program, args) {
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", 2, 2] });
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`${program} failed; its messages stand above`);
}

/** Returns the C++ ABI of the standard library that a libtorch was built with, found as native/cmake/Libtorch.cmake does. */
function abiOf(libtorch) {
  const config = path.join(libtorch, "share/cmake/Torch/TorchConfig.cmake");
  const text = existsSync(config) ? readFileSync(config, "utf8") : "";
  return /_GLIBCXX_USE_CXX11_ABI=([01])/.exec(text)?.[1] ?? "1";
}

/** Returns the arguments with which a source finds libtorch's headers and the core's. */
const includes = (libtorch) => [
  `-I${path.join(root, "native/core")}`,
  ...["include", "include/torch/csrc/api/include"].flatMap((folder) => [
    "-isystem",
    path.join(libtorch, folder),
  ]),
];

/** Returns when a header was changed last, in milliseconds. */
function lastHeaderChange() {
  const native = path.join(root, "native");
  const names = readdirSync(native, { recursive: true }).filter((name) => name.endsWith(".h"));
  return Math.max(...names.map((name) => statSync(path.join(native, name)).mtimeMs));
}

/**
 * Compiles sources and links them with libtorch. An object that is newer than its source and all headers stays.
 *
 * @param {{ compiler: string, sources: string[], flags: string[], linkFlags: string[], folder: string, name: string }} plan
 *   `sources` are relative to native/
 * @returns {Promise<string>} the program
 */
export async function buildProgram({ compiler, sources, flags, linkFlags, folder, name }) {
  const { path: libtorch } = await findLibtorch({ say: () => {} });
  mkdirSync(folder, { recursive: true });
  const objects = sources.map((source) => path.join(folder, `${source.replaceAll("/", "-")}.o`));
  const headers = lastHeaderChange();
  const old = sources.flatMap((source, at) => {
    const file = path.join(root, "native", source);
    const newest = Math.max(headers, statSync(file).mtimeMs);
    const current = existsSync(objects[at]) && statSync(objects[at]).mtimeMs > newest;
    return current ? [] : [[file, objects[at]]];
  });
  const options = [...OPTIONS, `-D_GLIBCXX_USE_CXX11_ABI=${abiOf(libtorch)}`, ...flags];
  const workers = Array.from({ length: parallelJobs() }, async () => {
    for (let next = old.pop(); next !== undefined; next = old.pop()) {
      await run(compiler, [...options, ...includes(libtorch), "-c", next[0], "-o", next[1]]);
    }
  });
  await Promise.all(workers);
  const program = path.join(folder, name);
  const lib = path.join(libtorch, "lib");
  const libraries = [`-L${lib}`, "-ltorch", "-ltorch_cpu", "-lc10", `-Wl,-rpath,${lib}`, "-lpthread"];
  await run(compiler, [...linkFlags, "-o", program, ...objects, ...libraries]);
  return program;
}

/** Returns the compiler for the sanitizers: CXX, else clang++, which has libFuzzer, else g++. */
export function chooseCompiler() {
  const compiler = [process.env.CXX, "clang++", "g++"].find((name) => name && isAvailable(name));
  if (compiler === undefined) throw new Error("no C++ compiler: apt-get install clang");
  return compiler;
}
