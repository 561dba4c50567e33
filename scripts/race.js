// Compiles the engine, the cancel flags, the allocator and the learners of spaces with ThreadSanitizer and runs them from
// several threads:
//   npm run race
import { spawnSync } from "node:child_process";
import path from "node:path";
import { isAvailable } from "./debian.js";
import { buildProgram, chooseCompiler } from "./fuzz-build.js";

const root = path.resolve(import.meta.dirname, "..");

const SOURCES = [
  "core/run/engine.cc",
  ...["cancel", "error", "memory_reuse", "modes", "random"].map((name) => `core/base/${name}.cc`),
  ...["lda", "lsa", "shards", "sparse", "word2vec"].map((name) => `core/space/${name}.cc`),
  "race/race.cc",
];

try {
  const program = await buildProgram({
    compiler: chooseCompiler(),
    sources: SOURCES,
    flags: ["-fsanitize=thread"],
    linkFlags: ["-fsanitize=thread"],
    folder: path.join(root, "build/race"),
    name: "race",
  });
  // The sanitizer's fixed addresses clash with strongly randomised ones.
  const command = isAvailable("setarch") ? ["setarch", "-R", program] : [program];
  const env = { ...process.env, OMP_NUM_THREADS: "1", TSAN_OPTIONS: "halt_on_error=1 exitcode=66" };
  const result = spawnSync(command[0], command.slice(1), { env, stdio: "inherit", timeout: 600_000 });
  process.exitCode = result.status ?? 1;
} catch (error) {
  console.error(`race: ${error.message}`);
  process.exitCode = 1;
}
