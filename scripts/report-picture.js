// Takes a picture of the top of a run's report: the verdict, the main figures and the first table.
//
//   npm run --silent build && node scripts/report-picture.js [run] [picture.png]
//
// The run must have been evaluated. It needs Chromium, which DIALOGUE_PPO_CHROMIUM may name.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { report } from "../dist/index.js";

const [run = "checkpoints_dialogue_ppo", picture = "docs/report.png"] = process.argv.slice(2);
const folder = mkdtempSync(path.join(os.tmpdir(), "report-picture-"));
try {
  const { output } = report({ run, output: path.join(folder, "report.html") });
  const { status, stderr, error } = spawnSync(
    process.env.DIALOGUE_PPO_CHROMIUM ?? "chromium",
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      "--window-size=1000,840",
      `--screenshot=${path.resolve(picture)}`,
      pathToFileURL(output).href,
    ],
    { encoding: "utf8", timeout: 120_000 },
  );
  if (status !== 0) throw new Error(`chromium failed: ${error?.message ?? stderr}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
