// Installs Debian's packages that tests and benchmarks need beyond what npm brings.
import { spawnSync } from "node:child_process";

/** Whether a program is there. */
export const runs = (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;

/** Whether packages could be installed here: root on a Debian. */
export const mayInstall = () => process.getuid?.() === 0 && runs("apt-get");

/**
 * Installs packages, or says which line does it.
 * @param {string[]} packages none: nothing to do
 */
export function provide(packages) {
  if (packages.length === 0) return;
  const line = `apt-get install -y ${packages.join(" ")}`;
  if (!mayInstall()) throw new Error(`missing ${packages.join(" and ")}: sudo ${line}`);
  console.error(line);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", ...packages],
  ]) {
    const result = spawnSync("apt-get", args, { env, stdio: ["ignore", 2, 2] });
    if (result.status !== 0) throw new Error(`apt-get ${args[0]} failed; its messages stand above`);
  }
}
