// Configures and builds the C++ tests or benchmarks without the Node addon.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { ccacheDefines, parallelJobs } from "../native/tools/build.js";
import { findLibtorch } from "../native/tools/find-libtorch.js";
import { installPackages, isAvailable } from "./debian.js";

const root = path.resolve(import.meta.dirname, "..");

/** Requirements of the C++ build beyond those of the addon: a Debian package, and a test whether it is installed. */
const REQUIREMENTS = {
  ninja: { package: "ninja-build", isInstalled: () => isAvailable("ninja") },
  tests: { package: "libgtest-dev", isInstalled: () => existsSync("/usr/include/gtest/gtest.h") },
  mpi: { package: "libopenmpi-dev openmpi-bin", isInstalled: () => isAvailable("mpirun") },
  bench: { package: "libbenchmark-dev", isInstalled: () => existsSync("/usr/include/benchmark/benchmark.h") },
};

/** Runs a program with its output on stderr, because stdout is for results. */
function run(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: root, stdio: ["ignore", 2, 2], ...options });
  if (result.error) throw new Error(`${program} does not run: ${result.error.message}`);
  if (result.status !== 0) throw new Error(`${program} ${args[0]} failed; its messages stand above`);
}

/**
 * Builds the C++ tests or benchmarks.
 *
 * @param {"tests" | "bench"} kind
 * @returns {Promise<string>} the build folder
 */
export async function buildNative(kind) {
  const needed = [REQUIREMENTS.ninja, REQUIREMENTS[kind], ...(kind === "tests" ? [REQUIREMENTS.mpi] : [])];
  const missing = needed.filter(({ isInstalled }) => !isInstalled());
  installPackages(missing.flatMap((requirement) => requirement.package.split(" ")));
  const libtorch = await findLibtorch({ say: () => {} });
  const folder = path.join(root, "build", kind === "tests" ? "native-test" : "native-bench");
  const defines = {
    CMAKE_BUILD_TYPE: "Release",
    DPPO_LIBTORCH: libtorch.path,
    DPPO_BUILD_ADDON: "OFF",
    DPPO_BUILD_TESTS: kind === "tests" ? "ON" : "OFF",
    DPPO_BUILD_BENCH: kind === "bench" ? "ON" : "OFF",
    ...ccacheDefines(),
    ...(process.env.DPPO_SANITIZE ? { DPPO_SANITIZE: "ON" } : {}),
  };
  const flags = Object.entries(defines).map(([name, value]) => `-D${name}=${value}`);
  run("cmake", ["-S", root, "-B", folder, "-G", "Ninja", ...flags]);
  run("cmake", ["--build", folder, "-j", String(parallelJobs())]);
  return folder;
}
