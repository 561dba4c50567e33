// The libtorch versions that this package supports and the one that it downloads. Build, load and doctor use them.
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import path from "node:path";

export const SUPPORTED = { min: [2, 4], max: [2, 14] };
export const FETCHED_VERSION = "2.13.0";
/** Versions with which the test suite has been run. Other versions in the range are accepted but not tested. */
export const TESTED_VERSIONS = ["2.13.0"];

const compare = (a, b) => a[0] - b[0] || a[1] - b[1];

/** Returns whether a version such as "2.13" or "2.13.0+cpu" is in the supported range. */
export function isSupported(version) {
  const parts = version.split(".").slice(0, 2).map(Number);
  return compare(parts, SUPPORTED.min) >= 0 && compare(parts, SUPPORTED.max) <= 0;
}

export const rangeText = () => `${SUPPORTED.min.join(".")} to ${SUPPORTED.max.join(".")}`;

const HEADERS = ["include/torch/headeronly/version.h", "include/torch/csrc/api/include/torch/version.h"];

function headerVersion(root) {
  for (const header of HEADERS.map((file) => path.join(root, file)).filter(existsSync)) {
    const text = readFileSync(header, "utf8");
    const number = (name) => new RegExp(`#define TORCH_VERSION_${name} (\\d+)`).exec(text)?.[1];
    if (number("MAJOR")) return `${number("MAJOR")}.${number("MINOR")}.${number("PATCH")}`;
  }
  return undefined;
}

/** Returns the version that the Python part or the archive states. It must agree with the headers. */
function statedVersion(root) {
  const archive = path.join(root, "build-version");
  if (existsSync(archive)) return readFileSync(archive, "utf8").trim();
  const python = path.join(root, "version.py");
  if (existsSync(python)) return /__version__ = '([^']+)'/.exec(readFileSync(python, "utf8"))?.[1];
  return undefined;
}

const libraryOf = (root) =>
  path.join(root, "lib", process.platform === "darwin" ? "libtorch_cpu.dylib" : "libtorch_cpu.so");

/** Returns whether the system denies this user a kind of access. A path that does not exist is not denied. */
export function isDenied(place, mode = constants.R_OK) {
  try {
    accessSync(place, mode);
    return false;
  } catch (error) {
    return error.code === "EACCES" || error.code === "EPERM";
  }
}

/**
 * Returns the path that this user may not read of the libtorch in a folder, for example because it lies in the home folder of
 * root. Returns undefined when all can be read or nothing exists.
 */
export function deniedPath(root) {
  if (isDenied(root, constants.X_OK)) return root;
  return isDenied(libraryOf(root)) ? libraryOf(root) : undefined;
}

/**
 * Returns the version and flavour of the libtorch in a folder, or the reason why it cannot be used.
 *
 * @returns {{ path: string, version: string, flavour: "cpu" | "cuda" } | { problem: string }}
 */
export function inspectLibtorch(root) {
  const denied = deniedPath(root);
  if (denied) return { problem: `${denied} cannot be read by this user` };
  const version = headerVersion(root);
  if (!version) return { problem: `${root} has no torch headers (expected include/torch/.../version.h)` };
  const library = libraryOf(root);
  if (!existsSync(library))
    return { problem: `${root} has headers but no ${path.basename(library)} in lib/` };
  const stated = statedVersion(root);
  if (stated && stated.split(/[+]/)[0] !== version) {
    return {
      problem: `${root} is mixed: headers are ${version}, the libraries say ${stated}; install one of them afresh`,
    };
  }
  if (!isSupported(version)) {
    return { problem: `${root} is libtorch ${version}; supported are ${rangeText()}` };
  }
  const cuda = existsSync(path.join(root, "lib", "libtorch_cuda.so"));
  return { path: root, version: stated ?? version, flavour: cuda ? "cuda" : "cpu" };
}
