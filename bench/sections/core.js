// The C++ core alone, measured with Google Benchmark (native/bench).
import { spawnSync } from "node:child_process";
import path from "node:path";
import { modelFolder } from "../models.js";
import { summary } from "../statistics.js";
import { count, rate, spread, table } from "../text.js";

/** Many, because a ceiling is the fastest of them. */
const CEILING_REPEATS = 8;
const PER_UNIT = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1 };
/** Benchmarks of large models and PPO steps, which --quick leaves out. */
const SLOW = "-^ceiling|^prefill|^decode|^ppo_step|128256|^adam|^gradient_norm";
const STATISTICS = new Set([
  "name",
  "family_index",
  "per_family_instance_index",
  "run_name",
  "run_type",
  "repetitions",
  "repetition_index",
  "threads",
  "iterations",
  "real_time",
  "cpu_time",
  "time_unit",
]);

/** Runs the benchmarks whose names match. Returns for each its name, the summary of its seconds, and its counters. */
export async function runCore(context, filter, repeats = context.repeats) {
  const { buildNative } = await import("../../scripts/native-build.js");
  const folder = await buildNative("bench");
  const result = spawnSync(
    path.join(folder, "native", "bench", "core_bench"),
    [
      "--benchmark_format=json",
      `--benchmark_repetitions=${repeats}`,
      `--benchmark_min_time=${context.quick ? 0.02 : 0.2}`,
      `--benchmark_filter=${filter}`,
    ],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", 2],
      env: {
        ...process.env,
        OMP_NUM_THREADS: String(context.threads),
        GOMP_SPINCOUNT: process.env.GOMP_SPINCOUNT ?? "1000", // as lib/native/loader.ts sets it
        DPPO_BENCH_MODELS: context.models,
      },
      maxBuffer: 2 ** 28,
    },
  );
  if (result.error || result.status !== 0) throw new Error("core_bench failed; its messages stand above");
  return gather(JSON.parse(result.stdout).benchmarks);
}

/** Joins the repetitions of each benchmark. Counters are means over the repetitions. */
function gather(entries) {
  const byName = new Map();
  for (const entry of entries.filter(({ run_type }) => run_type === "iteration")) {
    if (entry.error_occurred) throw new Error(`${entry.run_name}: ${entry.error_message}`);
    const name = entry.run_name.replace(/\/(real_time|manual_time|iterations:\d+)/g, "");
    byName.set(name, [...(byName.get(name) ?? []), entry]);
  }
  return [...byName].map(([name, runs]) => {
    const counters = Object.keys(runs[0]).filter((key) => !STATISTICS.has(key) && !key.includes("instance"));
    const mean = (key) => runs.reduce((sum, run) => sum + run[key], 0) / runs.length;
    return {
      name,
      seconds: summary(runs.map((run) => run.real_time * PER_UNIT[run.time_unit])),
      ...Object.fromEntries(
        counters.filter((key) => typeof runs[0][key] === "number").map((key) => [key, mean(key)]),
      ),
    };
  });
}

/** Returns the ceilings of this machine: bytes read and operations of a float32 product per second. */
export async function measureCeilings(context) {
  context.say("ceilings of this machine");
  const rows = await runCore(context, "^ceiling_", CEILING_REPEATS);
  const best = (name, counter) => {
    const row = rows.find((entry) => entry.name.startsWith(name));
    // The fastest repetition is the ceiling: other work can only slow a repetition down.
    return (row[counter] * row.seconds.median) / row.seconds.min;
  };
  return {
    bytesPerSecond: best("ceiling_read_bandwidth", "bytes_per_second"),
    flopsPerSecond: Math.max(
      best("ceiling_product_float32", "flops"),
      best("ceiling_own_product_float32", "flops"),
    ),
    bfloat16FlopsPerSecond: best("ceiling_product_bfloat16", "flops"),
  };
}

export const core = {
  name: "core",
  async measure(context) {
    // The benchmarks load the models from here instead of drawing their weights anew.
    for (const shape of context.quick ? ["tiny"] : ["tiny", "child", "teacher"])
      await modelFolder(context, shape);
    return runCore(context, context.quick ? SLOW : "-^ceiling_");
  },
  report: (rows) =>
    [
      "### The C++ core alone",
      "",
      table(
        ["benchmark", "time", "GB/s", "GFLOP/s", "items/s"],
        rows.map(({ name, seconds, bytes_per_second, flops, items_per_second }) => [
          `\`${name}\``,
          spread(seconds),
          rate(bytes_per_second),
          rate(flops),
          count(items_per_second),
        ]),
      ),
    ].join("\n"),
};
