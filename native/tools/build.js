// Builds the addon with cmake-js. npm install, `dialogue-ppo build` and the tests run it.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";
import { findLibtorch } from "./find-libtorch.js";
import { followBuild } from "./progress.js";
import { addonFile, buildStamp, readStamp, stampFile } from "./stamp.js";

const root = path.resolve(import.meta.dirname, "../..");

const available = (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;

/** Returns the tools that a build needs and that are missing, each with the command that installs it. */
export function missingTools() {
  const missing = [];
  if (!available("cmake")) missing.push("CMake 3.18 or newer (apt-get install cmake)");
  if (![process.env.CXX, "c++", "g++", "clang++"].some((compiler) => compiler && available(compiler))) {
    missing.push("a C++20 compiler (apt-get install g++)");
  }
  if (!available("ninja") && !available("make")) missing.push("ninja (apt-get install ninja-build)");
  return missing;
}

/** Returns the number of parallel compilers. Each can need two gigabytes of memory for libtorch's headers. */
export function parallelJobs() {
  const byMemory = Math.floor(os.totalmem() / 2 ** 31);
  return Math.max(1, Math.min(os.availableParallelism(), byMemory));
}

/** Returns the definition that makes CMake compile with ccache if it is installed, for files with a precompiled header too. */
export function ccacheDefines() {
  if (!available("ccache")) return {};
  const launcher = "cmake;-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;ccache";
  return { CMAKE_CXX_COMPILER_LAUNCHER: launcher };
}

/** Returns whether two builds have the same libtorch and compiler, so that only sources can differ. */
const sameTools = (before, now) =>
  before !== undefined && ["libtorch", "version", "flags"].every((key) => before[key] === now[key]);

/** Makes CMake look for everything again. Otherwise it would keep the libtorch and the compiler of the first build. */
const forgetConfiguration = () => rmSync(path.join(root, "build", "CMakeCache.txt"), { force: true });

/** Returns the program and the arguments of a build with cmake-js. */
function buildCommand(libtorch) {
  // The program is in dist/bin in cmake-js 7 and in bin in cmake-js 8. Its package.json names it.
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("cmake-js/package.json");
  const program = path.join(path.dirname(manifest), require(manifest).bin["cmake-js"]);
  const defines = { DPPO_LIBTORCH: libtorch.path, DPPO_BUILD_ADDON: "ON", ...ccacheDefines() };
  return [
    program,
    ...["build", "-l", "warn", "-d", root, "-p", String(parallelJobs())],
    ...Object.entries(defines).map(([name, value]) => `--CD${name}=${value}`),
    ...(available("ninja") ? ["-G", "Ninja"] : []),
  ];
}

/** Compiles and shows the progress. The messages of the compiler go to standard error. */
async function compile(libtorch) {
  const build = spawn(process.execPath, buildCommand(libtorch), { cwd: root, stdio: ["ignore", "pipe", 2] });
  const progress = followBuild();
  readline.createInterface({ input: build.stdout }).on("line", progress.line);
  const [status] = await once(build, "close").finally(progress.end);
  if (status !== 0 || !existsSync(addonFile(root))) {
    throw new Error("the addon did not build; the compiler's messages stand above");
  }
}

/** Throws an error if the addon of a build with CUDA does not load libtorch's CUDA library. */
function checkLinked(libtorch) {
  // The dynamic section of the addon holds the names of the libraries that it loads.
  if (libtorch.flavour === "cuda" && !readFileSync(addonFile(root)).includes("\0libtorch_cuda.so\0")) {
    throw new Error(
      "the linker left libtorch_cuda out of the addon, so it could not use CUDA; set CXX to another compiler",
    );
  }
}

/** Deletes the precompiled header of an installed package, whose sources do not change. It has hundreds of megabytes. */
function dropPrecompiledHeaders() {
  if (existsSync(path.join(root, "lib", "index.ts"))) return;
  const header = path.join(root, "build", "CMakeFiles", "dppo_io.dir", "cmake_pch.hxx");
  for (const ending of [".gch", ".pch"]) rmSync(header + ending, { force: true });
}

/**
 * Builds the addon unless the existing build is current.
 *
 * @param {{ force?: boolean, say?: (line: string) => void }} options
 * @returns {Promise<{ addon: string, libtorch: object, built: boolean }>} `built` is false if the existing build was
 *   current
 * @throws Error when a tool is missing, libtorch cannot be used or the compiler fails
 */
export async function buildAddon({ force = false, say = (line) => console.error(line) } = {}) {
  const looks = [];
  const libtorch = await findLibtorch({ say: (line) => looks.push(line) && say(`  ${line}`) });
  // With the compiler of MPI there, the addon can train with several processes.
  const mpi = available("mpicxx") ? ["mpi"] : [];
  const flags = [process.platform, process.arch, process.env.CXX ?? "", ...mpi].join(" ");
  const stamp = buildStamp(root, libtorch, flags);
  const addon = addonFile(root);
  const before = readStamp(root);
  if (!force && JSON.stringify(before) === JSON.stringify(stamp)) return { addon, libtorch, built: false };
  const missing = missingTools();
  if (missing.length > 0) throw new Error(`the addon cannot be built without ${missing.join(" and ")}`);
  say(`libtorch ${libtorch.version} (${libtorch.flavour}) from ${libtorch.source}: ${libtorch.path}`);
  say(`building the addon with ${parallelJobs()} jobs; this takes a few minutes the first time`);
  if (force || !sameTools(before, stamp)) forgetConfiguration();
  await compile(libtorch);
  checkLinked(libtorch);
  dropPrecompiledHeaders();
  writeFileSync(stampFile(root), JSON.stringify(stamp));
  return { addon, libtorch, built: true };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const { addon, built } = await buildAddon({ force: process.argv.includes("--force") });
    console.error(`${built ? "built" : "up to date:"} ${path.relative(process.cwd(), addon)}`);
  } catch (error) {
    console.error(`dialogue-ppo: ${error.message}`);
    process.exitCode = 1;
  }
}
