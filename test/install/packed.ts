import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

/** The package as a user gets it, packed and installed in an empty folder without any script. */
export interface Installed {
  /** Folder of the user's project. */
  readonly folder: string;
  /** Folder node_modules/dialogue-ppo in the project. */
  readonly home: string;
  readonly tarball: string;
  /** Paths of the files in the tarball. */
  readonly files: readonly string[];
}

function npm(folder: string, ...args: string[]): string {
  const result = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
  if (result.status !== 0) throw new Error(`npm ${args.join(" ")} failed: ${result.stderr}`);
  return result.stdout;
}

/** Packs and installs the compiled package. It needs a preceding `npm run build`. */
export function installPacked(): Installed {
  const folder = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-install-"));
  const packed = npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", folder);
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
  const tarball = path.join(folder, filename);
  writeFileSync(path.join(folder, "package.json"), '{ "name": "user", "private": true }');
  npm(folder, "install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", tarball);
  const home = path.join(folder, "node_modules/dialogue-ppo");
  return { folder, home, tarball, files: files.map((file) => file.path) };
}

/** Runs the installed program, as npx does. */
export function runInstalled(
  { folder }: Installed,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): SpawnSyncReturns<string> {
  const program = path.join(folder, "node_modules/.bin/dialogue-ppo");
  return spawnSync(program, args, { cwd: folder, encoding: "utf8", env: { ...process.env, ...env } });
}

/** Runs a module of the user's project. */
export function runModule({ folder }: Installed, source: string): SpawnSyncReturns<string> {
  const args = ["--input-type=module", "-e", source];
  return spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
}
