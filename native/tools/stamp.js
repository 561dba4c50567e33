// A build is current when its sources, its libtorch and its flags are those of the stamp.
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

/** Digest of everything a build depends on. */
export function buildStamp(root, libtorch, flags) {
  const hash = createHash("sha256");
  for (const file of SOURCES.flatMap((source) => filesBelow(path.join(root, source))).sort()) {
    hash.update(`${path.relative(root, file)}\0`).update(readFileSync(file));
  }
  return { sources: hash.digest("hex"), libtorch: libtorch.path, version: libtorch.version, flags };
}

export const stampFile = (root) => path.join(root, "build", "stamp.json");
export const addonFile = (root) => path.join(root, "build", "Release", "dialogue_ppo.node");

/** What the existing build was made from, if there is one. */
export function readStamp(root) {
  if (!existsSync(stampFile(root)) || !existsSync(addonFile(root))) return undefined;
  return JSON.parse(readFileSync(stampFile(root), "utf8"));
}
