// Installs Debian packages that the tests and benchmarks need and npm does not provide. As a program it installs those that
// its arguments name.
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";

/** Returns whether a program can be run. */
export const isAvailable = (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;

/** Returns whether packages can be installed: as root, with apt-get. */
export const canInstall = () => process.getuid?.() === 0 && isAvailable("apt-get");

/**
 * Installs packages.
 *
 * @param {string[]} packages names of the packages. An empty list needs nothing.
 * @throws Error with the command to run if this process cannot install packages, or if apt-get fails
 */
export function installPackages(packages) {
  if (packages.length === 0) return;
  const line = `apt-get install -y ${packages.join(" ")}`;
  if (!canInstall()) throw new Error(`missing ${packages.join(" and ")}: sudo ${line}`);
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

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    installPackages(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
