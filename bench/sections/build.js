// Processor time of a build of the addon from nothing, without ccache.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { parallelJobs } from "../../native/tools/build.js";
import { findLibtorch } from "../../native/tools/find-libtorch.js";
import { duration, table } from "../text.js";

const root = path.resolve(import.meta.dirname, "../..");

/** Returns the seconds of a line of the shell's `times`, such as "6m31.25s 0m20.5s": user and system time. */
function readTimes(line) {
  const parts = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.reduce((sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest), 0);
}

export const build = {
  name: "build",
  async measure(context) {
    if (context.quick) return [];
    context.say("building the addon from nothing");
    const libtorch = await findLibtorch({ say: () => {} });
    const require = createRequire(import.meta.url);
    const manifest = require.resolve("cmake-js/package.json");
    const program = path.join(path.dirname(manifest), require(manifest).bin["cmake-js"]);
    const command = [
      process.execPath,
      program,
      "build",
      ...["-l", "warn", "-d", root, "-O", path.join(context.temporary, "build"), "-G", "Ninja"],
      ...["-p", String(parallelJobs()), `--CDDPPO_LIBTORCH=${libtorch.path}`, "--CDDPPO_BUILD_ADDON=ON"],
    ];
    const began = performance.now();
    const result = spawnSync("bash", ["-c", '"$@" >&2 && times', "bash", ...command], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", 2],
    });
    if (result.status !== 0) throw new Error("the addon did not build; the messages stand above");
    const wall = (performance.now() - began) / 1000;
    // The second line of `times` is that of the shell's children.
    return [{ processor: readTimes(result.stdout.split("\n")[1]), wall, jobs: parallelJobs() }];
  },
  report: (rows) =>
    [
      "### Building the addon",
      "",
      "A clean build without ccache.",
      "",
      table(
        ["jobs", "processor time", "wall time"],
        rows.map(({ jobs, processor, wall }) => [String(jobs), duration(processor), duration(wall)]),
      ),
    ].join("\n"),
};
