// The stamp of a build records its sources, libtorch and flags. A build is current if its stamp equals a new one.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

const SOURCES = ["CMakeLists.txt", "native/cmake", "native/core", "native/binding"];

function filesBelow(entry) {
  if (!statSync(entry).isDirectory()) return [entry];
  return readdirSync(entry, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => path.join(item.parentPath ?? item.path, item.name));
}

/** Returns the stamp of a build: a digest of its sources, its libtorch and its flags. */
export function buildStamp(root, libtorch, flags) {
  const hash = createHash("sha256");
  for (const file of SOURCES.flatMap((source) => filesBelow(path.join(root, source))).sort()) {
    hash.update(`${path.relative(root, file)}\0`).update(readFileSync(file));
  }
  return { sources: hash.digest("hex"), libtorch: libtorch.path, version: libtorch.version, flags };
}

export const stampFile = (root) => path.join(root, "build", "stamp.json");
export const addonFile = (root) => path.join(root, "build", "Release", "dialogue_ppo.node");

/** Returns the stamp of the existing build, or undefined if there is none. */
export function readStamp(root) {
  if (!existsSync(stampFile(root)) || !existsSync(addonFile(root))) return undefined;
  return JSON.parse(readFileSync(stampFile(root), "utf8"));
}
