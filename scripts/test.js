// Runs the whole test suite: formatting and lint, types, C++ tests, TypeScript tests. The last line is "N passed, N failed".
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const scratch = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-test-"));
const total = { passed: 0, failed: 0, skipped: 0 };

function run(title, program, args, options = {}) {
  console.log(`\n== ${title}`);
  return spawnSync(program, args, { cwd: root, stdio: "inherit", ...options });
}

/** Runs a step that counts as one test. */
function check(title, program, args) {
  const ok = run(title, program, args).status === 0;
  total[ok ? "passed" : "failed"] += 1;
}

function nativeTests() {
  const args = ["scripts/test-native.js"];
  const result = run("C++ tests", process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  console.log(result.stdout.trimEnd());
  const line = /^(\d+) passed, (\d+) failed/m.exec(result.stdout);
  total.passed += Number(line?.[1] ?? 0);
  total.failed += Math.max(Number(line?.[2] ?? 0), result.status === 0 ? 0 : 1);
}

function typescriptTests() {
  const report = path.join(scratch, "vitest.json");
  const args = ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const result = run("TypeScript tests", "npx", args);
  if (!existsSync(report)) {
    total.failed += 1;
    return;
  }
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8"));
  total.passed += numPassedTests;
  // If a test file cannot be loaded, the run fails although no test in it does.
  total.failed += Math.max(numFailedTests, result.status === 0 ? 0 : 1);
  total.skipped += numPendingTests;
}

try {
  check("formatting and lint", "npm", ["run", "--silent", "lint"]);
  check("types", "npm", ["run", "--silent", "check"]);
  // Some tests run the program from dist/, as a user does.
  check("compile", "npm", ["run", "--silent", "build"]);
  nativeTests();
  typescriptTests();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
