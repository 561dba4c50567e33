// Builds the addon with cmake-js. npm install, `dialogue-ppo build` and the tests run it.
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { findLibtorch } from "./find-libtorch.js";
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

function cmakeArguments(libtorch) {
  const defines = [`DPPO_LIBTORCH=${libtorch.path}`, "DPPO_BUILD_ADDON=ON"];
  if (available("ccache")) defines.push("CMAKE_CXX_COMPILER_LAUNCHER=ccache");
  return [...defines.map((define) => `--CD${define}`), ...(available("ninja") ? ["-G", "Ninja"] : [])];
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
  const flags = [process.platform, process.arch, process.env.CXX ?? ""].join(" ");
  const stamp = buildStamp(root, libtorch, flags);
  const addon = addonFile(root);
  if (!force && JSON.stringify(readStamp(root)) === JSON.stringify(stamp))
    return { addon, libtorch, built: false };
  const missing = missingTools();
  if (missing.length > 0) throw new Error(`the addon cannot be built without ${missing.join(" and ")}`);
  say(`libtorch ${libtorch.version} (${libtorch.flavour}) from ${libtorch.source}: ${libtorch.path}`);
  say(`building the addon with ${parallelJobs()} jobs; this takes a few minutes the first time`);
  // The program is in dist/bin in cmake-js 7 and in bin in cmake-js 8. Its package.json names it.
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("cmake-js/package.json");
  const program = path.join(path.dirname(manifest), require(manifest).bin["cmake-js"]);
  const args = [
    program,
    "build",
    "-l",
    "warn",
    "-d",
    root,
    "-p",
    String(parallelJobs()),
    ...cmakeArguments(libtorch),
  ];
  const result = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.status !== 0 || !existsSync(addon)) {
    throw new Error("the addon did not build; the compiler's messages stand above");
  }
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
