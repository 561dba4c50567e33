// Measures the speed of the native core, and that of transformers and TRL if a Python that has them is named:
//   npm run bench -- [--python venv/bin/python] [--threads N] [--repeats 5] [--only generation] [--cpu-time]
// On a busy machine, --threads 1 --cpu-time measures processor time instead of wall time. transformers and TRL run with the
// same model, sizes and number of threads.
import { spawnSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildNative } from "../scripts/native-build.js";

const { values: flags } = parseArgs({
  options: {
    python: { type: "string", default: process.env.DIALOGUE_PPO_PEER_PYTHON },
    threads: { type: "string", default: String(os.availableParallelism()) },
    repeats: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    "cpu-time": { type: "boolean", default: false },
  },
});

function output(program, args, env = {}) {
  const result = spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", 2],
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 26,
  });
  if (result.error || result.status !== 0) throw new Error(`${program} failed`);
  return result.stdout;
}

/** Returns the median of each benchmark of the native core by name, in milliseconds. */
function measureCore(folder) {
  const args = [
    "--benchmark_format=json",
    `--benchmark_repetitions=${flags.repeats}`,
    "--benchmark_report_aggregates_only=true",
    "--benchmark_min_time=0.2",
    ...(flags.only ? [`--benchmark_filter=${flags.only}`] : []),
  ];
  const program = path.join(folder, "native", "bench", "core_bench");
  const { benchmarks } = JSON.parse(output(program, args, { OMP_NUM_THREADS: flags.threads }));
  const perUnit = { ns: 1e-6, us: 1e-3, ms: 1, s: 1e3 };
  return new Map(
    benchmarks
      .filter((entry) => entry.aggregate_name === "median")
      .map((entry) => [
        entry.run_name.replace("/real_time", ""),
        entry[flags["cpu-time"] ? "cpu_time" : "real_time"] * (perUnit[entry.time_unit] ?? Number.NaN),
      ]),
  );
}

/** Returns the medians of transformers and TRL by name, in milliseconds. */
function measurePeers() {
  if (!flags.python) return {};
  const clock = flags["cpu-time"] ? "cpu" : "wall";
  const script = path.join(import.meta.dirname, "peer.py");
  const text = output(flags.python, [script, flags.threads, flags.repeats, clock]);
  return JSON.parse(text.trim().split("\n").at(-1));
}

try {
  if (flags["cpu-time"] && flags.threads !== "1") throw new Error("--cpu-time needs --threads 1");
  const folder = await buildNative("bench");
  const measured = measureCore(folder);
  const peer = measurePeers();
  const peerNames = { generation: "transformers", ppo_step: "TRL" };
  console.log(
    `${os.cpus()[0]?.model ?? "unknown processor"}, ${flags.threads} threads; medians of ${flags.repeats}, ${flags["cpu-time"] ? "processor" : "wall"} time`,
  );
  for (const [name, milliseconds] of measured) {
    const theirs = peer[name];
    const beside = theirs
      ? `  ${peerNames[name]} ${theirs.toFixed(1)} ms, ours ${(theirs / milliseconds).toFixed(2)} times as fast`
      : "";
    console.log(`${name.padEnd(46)}${milliseconds.toPrecision(4).padStart(10)} ms${beside}`);
  }
  if (!flags.python) {
    console.log("transformers and TRL were not measured: name a Python that has them with --python");
  }
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
