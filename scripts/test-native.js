// Builds and runs the C++ tests, those of several processes too. Arguments are passed to the test programs, such as
// --gtest_filter=Ppo*. The last line of stdout is "N passed, N failed".
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { mpirun } from "./mpirun.js";
import { buildNative } from "./native-build.js";

/** Numbers of processes that run the tests of several processes. */
const RANKS = [2, 4];

/** Returns the numbers of passed and failed tests from the report of GoogleTest, which counts skipped ones among all. */
function countTests(report) {
  const { tests, failures, disabled, errors, testsuites } = JSON.parse(readFileSync(report, "utf8"));
  const failed = failures + errors;
  const cases = testsuites.flatMap(({ testsuite }) => testsuite);
  const skipped = cases.filter(({ result }) => result === "SKIPPED").length;
  return { passed: tests - failed - disabled - skipped, failed };
}

/** Runs a test program and returns its counts. A program that fails without a failed test counts as one. */
function runTests(folder, name, launcher = []) {
  const report = path.join(folder, "report.json");
  rmSync(report, { force: true });
  const program = path.join(folder, "native", "test", name);
  const args = [program, "--gtest_brief=1", `--gtest_output=json:${report}`, ...process.argv.slice(2)];
  const [first, ...rest] = [...launcher, ...args];
  const result = spawnSync(first, rest, { stdio: ["ignore", 2, 2] });
  if (result.signal) throw new Error(`the tests ended by ${result.signal}`);
  const { passed, failed } = countTests(report);
  return { passed, failed: Math.max(failed, result.status === 0 ? 0 : 1) };
}

try {
  const folder = await buildNative("tests");
  const counts = [runTests(folder, "core_tests")];
  const isBuilt = existsSync(path.join(folder, "native", "test", "rank_tests"));
  if (isBuilt) counts.push(...RANKS.map((ranks) => runTests(folder, "rank_tests", mpirun(ranks))));
  else console.error("without MPI, the tests of several processes are skipped");
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
  console.log(`${passed} passed, ${failed} failed`);
} catch (error) {
  console.error(`test-native: ${error.message}`);
  process.exitCode = 1;
  console.log("0 passed, 1 failed");
}
