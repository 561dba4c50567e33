// Builds and runs the C++ tests. Arguments are passed to the test program, such as --gtest_filter=Ppo*. The last line of
// stdout is "N passed, N failed".
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { buildNative } from "./native-build.js";

/** Returns the numbers of passed and failed tests from the report of GoogleTest. */
function countTests(report) {
  const { tests, failures, disabled, errors } = JSON.parse(readFileSync(report, "utf8"));
  const failed = failures + errors;
  return { passed: tests - failed - disabled, failed };
}

try {
  const folder = await buildNative("tests");
  const report = path.join(folder, "report.json");
  rmSync(report, { force: true });
  const program = path.join(folder, "native", "test", "core_tests");
  const args = ["--gtest_brief=1", `--gtest_output=json:${report}`, ...process.argv.slice(2)];
  const result = spawnSync(program, args, { stdio: ["ignore", 2, 2] });
  if (result.signal) throw new Error(`the tests ended by ${result.signal}`);
  const { passed, failed } = countTests(report);
  process.exitCode = result.status === 0 && failed === 0 && passed > 0 ? 0 : 1;
  console.log(`${passed} passed, ${failed} failed`);
} catch (error) {
  console.error(`test-native: ${error.message}`);
  process.exitCode = 1;
  console.log("0 passed, 1 failed");
}
