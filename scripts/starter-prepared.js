// Makes data/starter/prepared: the semantic space and the calibration that train makes from the starter dialogues before its first
// step. OptionalCache reads them from there, so that a first run starts at once.
//   node scripts/starter-prepared.js
// The names of the entries depend on the dialogues, the versions of the analysis and of the package, and the options of the preset.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const target = path.join(root, "data/starter/prepared");

rmSync(target, { recursive: true, force: true });
const cache = mkdtempSync(path.join(tmpdir(), "starter-prepared-"));
try {
  const arguments_ = [path.join(root, "dist/cli/main.js"), "check", "--output-dir", path.join(cache, "run")];
  const { status } = spawnSync(process.execPath, arguments_, {
    stdio: "inherit",
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
  if (status !== 0) throw new Error("check failed; its output says why");
  for (const part of ["spaces", "calibrations"]) {
    const from = path.join(cache, "dialogue-ppo", part);
    const names = readdirSync(from).filter((name) => !name.endsWith(".sha256"));
    for (const name of names)
      cpSync(path.join(from, name), path.join(target, part, name), { recursive: true });
  }
} finally {
  rmSync(cache, { recursive: true, force: true });
}
