// Feeds damaged files to the readers of the core under AddressSanitizer and UndefinedBehaviorSanitizer:
//   npm run fuzz [-- --seconds N --target NAME --seed N --force]
// clang++ gives libFuzzer; with another compiler, a driver of our own changes the corpus at random.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildProgram, chooseCompiler } from "./fuzz-build.js";

const root = path.resolve(import.meta.dirname, "..");
const corpora = path.join(root, "native/fuzz/corpus");
const folder = path.join(root, "build/fuzz");

/** The readers and what they need, relative to native/. */
const READERS = [
  ...["file", "json", "pickle", "safetensors", "torch_objects", "unpickler", "zip"].map(
    (n) => `core/io/${n}.cc`,
  ),
  ...["cancel", "error", "excerpt", "names", "random"].map((name) => `core/base/${name}.cc`),
  ...["config_json", "config_keys"].map((name) => `core/checkpoint/${name}.cc`),
  ...["activation", "parameters"].map((name) => `core/model/${name}.cc`),
  "fuzz/targets.cc",
];

/** An input may not make a reader ask for more than this at once, in megabytes. */
const ALLOCATION_MB = 512;

function readOptions() {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "600" },
      target: { type: "string" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      force: { type: "boolean", default: false },
    },
  });
  const targets = readdirSync(corpora).sort();
  if (!(Number(values.seconds) > 0)) throw new Error("--seconds: expected a number above 0");
  if (!Number.isInteger(Number(values.seed))) throw new Error("--seed: expected a whole number");
  if (values.target !== undefined && !targets.includes(values.target)) {
    throw new Error(`--target ${values.target}: expected one of ${targets.join(", ")}`);
  }
  return { ...values, targets: values.target === undefined ? targets : [values.target] };
}

async function buildFuzzer(compiler, withLibFuzzer) {
  const sanitizers = [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
    "-fno-sanitize=vptr",
  ];
  return await buildProgram({
    compiler,
    sources: [...READERS, ...(withLibFuzzer ? ["fuzz/libfuzzer.cc"] : ["fuzz/mutate.cc", "fuzz/driver.cc"])],
    flags: [...sanitizers, ...(withLibFuzzer ? ["-fsanitize=fuzzer-no-link"] : [])],
    linkFlags: [...sanitizers, ...(withLibFuzzer ? ["-fsanitize=fuzzer"] : [])],
    folder,
    name: withLibFuzzer ? "libfuzzer" : "driver",
  });
}

/** Returns the arguments of one run. Inputs that libFuzzer finds new paths with are kept in build/fuzz. */
function runArguments(target, { seconds, seed }, withLibFuzzer) {
  const corpus = path.join(corpora, target);
  if (!withLibFuzzer) return [target, corpus, seconds, seed, path.join(folder, `${target}-input`)];
  const found = path.join(folder, "corpus", target);
  mkdirSync(found, { recursive: true });
  const limits = [`-max_total_time=${seconds}`, "-timeout=20", "-rss_limit_mb=2048", "-max_len=65536"];
  return [...limits, `-seed=${seed}`, `-artifact_prefix=${path.join(folder, `${target}-`)}`, found, corpus];
}

try {
  const options = readOptions();
  if (options.force) rmSync(folder, { recursive: true, force: true });
  const compiler = chooseCompiler();
  const withLibFuzzer = path.basename(compiler).startsWith("clang");
  const program = await buildFuzzer(compiler, withLibFuzzer);
  const env = {
    ...process.env,
    OMP_NUM_THREADS: "1",
    ASAN_OPTIONS: `max_allocation_size_mb=${ALLOCATION_MB}`,
    UBSAN_OPTIONS: "print_stacktrace=1",
  };
  for (const target of options.targets) {
    console.error(`${target}: ${options.seconds} s with ${withLibFuzzer ? "libFuzzer" : "the driver"}`);
    const result = spawnSync(program, runArguments(target, options, withLibFuzzer), {
      env: { ...env, DPPO_FUZZ_TARGET: target },
      stdio: ["ignore", 2, 2],
    });
    const held = result.status === 0;
    console.log(`${target}: ${held ? "no finding" : `a finding; its input stands in ${folder}`}`);
    if (!held) process.exitCode = 1;
  }
} catch (error) {
  console.error(`fuzz: ${error.message}`);
  process.exitCode = 1;
}
