// Runs the golden tests and rewrites docs/correctness.md with the deviations that they measured.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");

/** Runs the C++ tests and the tests of test/model. Returns their measurements, each { what, deviation, tolerance }. */
function measure() {
  const folder = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-correctness-"));
  const file = path.join(folder, "measured.jsonl");
  const env = { ...process.env, DPPO_CORRECTNESS_FILE: file, OMP_NUM_THREADS: "1" };
  try {
    for (const [program, ...args] of [
      [process.execPath, "scripts/test-native.js"],
      ["npx", "vitest", "run", "test/model"],
    ]) {
      const result = spawnSync(program, args, { cwd: root, env, stdio: ["ignore", 2, 2] });
      if (result.status !== 0) throw new Error(`${args.join(" ")} failed; its messages stand above`);
    }
    if (!existsSync(file)) throw new Error("the tests measured nothing");
    return readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const short = (value) => (value === 0 ? "0" : value.toExponential(1));

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Returns a table of the measurements whose name matches the pattern, with one row per case and one column per kind. */
function crossTable(all, pattern, kinds, title) {
  const cases = new Map();
  let tolerances = {};
  for (const { what, deviation, tolerance } of all) {
    const match = pattern.exec(what);
    if (!match) continue;
    const { name, kind } = match.groups;
    cases.set(name, { ...cases.get(name), [kind]: deviation });
    tolerances = { ...tolerances, [kind]: tolerance };
  }
  const unmeasured = kinds.filter((kind) => tolerances[kind] === undefined);
  if (unmeasured.length > 0) throw new Error(`no test measured ${title}: ${unmeasured.join(", ")}`);
  const rows = [...cases]
    .sort()
    .map(([name, row]) => [name, ...kinds.map((kind) => short(row[kind] ?? Number.NaN))]);
  const worst = kinds.map((kind) =>
    short(Math.max(...[...cases.values()].map((row) => row[kind] ?? Number.NaN))),
  );
  return table(
    [title, ...kinds],
    [...rows, ["**largest**", ...worst], ["**tolerance**", ...kinds.map((kind) => short(tolerances[kind]))]],
  );
}

const MODELS = /^logits (?<name>\w+) (?<kind>one row|right-padded|left-padded|cached)$/;
const SIXTEEN_BITS = /^logits (?<name>\w+) (?<kind>(?:bfloat16|float16)(?: cached)?)$/;
const PPO = /^PPO (?<name>\w+): (?<kind>.*)$/;

/** Returns one measurement for each name: the largest, since a test may compare many values under one name. */
function largestOfEach(measurements) {
  const found = new Map();
  for (const one of measurements) {
    const largest = found.get(one.what);
    if (!(largest?.deviation >= one.deviation)) found.set(one.what, one);
  }
  return [...found.values()];
}

function page(all) {
  const isOther = ({ what }) => ![MODELS, SIXTEEN_BITS, PPO].some((pattern) => pattern.test(what));
  const rest = largestOfEach(all.filter(isOther));
  return `# Correctness

This page shows how far the numbers of this package are from those of transformers and TRL, case by case. In a clone of the repository, the
command

    node scripts/correctness.js

runs the tests in \`native/test\` and \`test/model\` and rewrites this page. A test fails if a difference exceeds its tolerance. Each test
also introduces an error on purpose, and fails if it does not detect this error. The scripts in \`test/golden\` generate the golden data
(versions in \`requirements.txt\`). Everything was computed in float32 on the CPU with one thread, unless a section says float64.
Processor: ${os.cpus()[0]?.model ?? "unknown"}. On another one, the differences are of the same size.

## Logits against transformers 4.45.2 (absolute)

The models are every supported variant of OPT, GPT-2, Llama, Qwen2 and Mistral. transformers uses eager attention. "Cached" feeds
three tokens, and then one at a time, through the key/value cache.

${crossTable(all, MODELS, ["one row", "right-padded", "left-padded", "cached"], "model")}

## Logits of weights of 16 bits against their float32 copies (absolute)

A CPU computes in float32 with such weights, so only the order of sums may differ. A CPU with bfloat16 units (AVX-512 BF16
or AMX) uses them for products of more than 8 rows with bfloat16 weights. There the tolerance is 0.3, because transformers
in bfloat16 is off by up to 0.17 on these models.

${crossTable(all, SIXTEEN_BITS, ["bfloat16", "bfloat16 cached", "float16", "float16 cached"], "model")}

## PPO against TRL 0.11.4 in parity mode

Each case has three steps. The table shows the largest relative difference of all scalars, vectors and gradient norms of a
step (values below 0.1 are compared on the scale of 0.1), and the difference of the change of the weights,
||ours - theirs|| / ||theirs||. TRL 0.8.6 gives the same bits for the same cases (\`make_ppo.py --compare\`), except for
\`response_masks_left\`, which it cannot run. Later steps have a wider tolerance, because Adam amplifies rounding errors.

${crossTable(all, PPO, ["first step", "steps 2 and 3", "change of the weights"], "case")}

## Everything else

The table shows absolute deviations. Where a test compares several values, it shows the largest deviation. "In a shape of its own" and
"one of many shapes" compare a pass that is padded to the fixed sizes of CUDA graphs with the pass without padding. "files" are models
saved in different formats.

${table(
  ["case", "deviation", "tolerance"],
  rest
    .map(({ what, deviation, tolerance }) => [what, short(deviation), short(tolerance)])
    .sort((a, b) => a[0].localeCompare(b[0])),
)}

The default mode differs from parity mode in only three points, which \`test/model/ppo-trainer.test.ts\` checks on all cases: whitened
rewards are masked again, minibatches above the ratio threshold are skipped instead of updated with a zero loss, and
gradients are clipped at every optimizer step.
`;
}

try {
  const file = path.join(root, "docs", "correctness.md");
  writeFileSync(file, page(measure()));
  console.error(`wrote ${path.relative(process.cwd(), file)}`);
} catch (error) {
  console.error(`correctness: ${error.message}`);
  process.exitCode = 1;
}
