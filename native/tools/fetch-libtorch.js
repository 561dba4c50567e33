// Downloads the pinned torch wheel into the cache with pip, which handles the user's settings, mirrors and checksums.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { FETCHED_VERSION } from "./libtorch-version.js";

/** PyTorch's index of builds without CUDA. The general index serves CUDA builds on Linux. */
const CPU_INDEX = "https://download.pytorch.org/whl/cpu";

/**
 * Packages with headers, for the CUDA of FETCHED_VERSION. Without them the addon builds and works, but it cannot capture the
 * steps of a GPU or train on several GPUs.
 */
const CUDA_HEADERS = ["nvidia-cuda-crt==13.*", "nvidia-cuda-cccl==13.*"];

const hasNvidiaGpu = () => spawnSync("nvidia-smi", ["-L"], { encoding: "utf8" }).status === 0;

function pip(python, args, quiet = true) {
  const stdio = quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"];
  return spawnSync(python, ["-m", "pip", ...args], { encoding: "utf8", stdio });
}

/**
 * Returns the version and the URL of the wheel that pip would install with the user's settings, or undefined. Installs
 * nothing.
 */
function offered(python, target) {
  const report = path.join(target, "report.json");
  const args = ["install", "--dry-run", "--ignore-installed", "--no-deps", "-q", "--report", report];
  const result = pip(python, [...args, `torch==${FETCHED_VERSION}`]);
  if (result.status !== 0 || !existsSync(report)) return undefined;
  const item = JSON.parse(readFileSync(report, "utf8")).install[0];
  return { version: item.metadata.version, url: item.download_info.url };
}

/** Returns the index arguments of pip for the wanted flavour. */
function chooseIndex(python, flavour, env, target, say) {
  if (env.DIALOGUE_PPO_TORCH_INDEX) {
    say(`fetch: index from DIALOGUE_PPO_TORCH_INDEX`);
    return ["--index-url", env.DIALOGUE_PPO_TORCH_INDEX];
  }
  const offer = offered(python, target);
  if (flavour === "cuda" && offer) return [];
  if (offer?.version.endsWith("+cpu")) {
    say(`fetch: pip's own settings offer torch ${offer.version}`);
    return [];
  }
  return flavour === "cpu" ? ["--index-url", CPU_INDEX] : [];
}

function pythonForPip(env) {
  const python = env.DIALOGUE_PPO_PYTHON || "python3";
  if (pip(python, ["--version"]).status !== 0) {
    throw new Error(
      `no libtorch was found and ${python} has no pip to fetch one; set LIBTORCH to an unpacked libtorch, ` +
        "or install pip (apt-get install python3-pip)",
    );
  }
  return python;
}

/** Creates an empty folder in the cache. */
function makeFolder(folder) {
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new Error(
      `the cache folder ${path.dirname(folder)} cannot be written (${cause.code}); set XDG_CACHE_HOME to another folder, ` +
        "or LIBTORCH to an unpacked libtorch",
      { cause },
    );
  }
}

/**
 * Downloads and unpacks torch without its Python dependencies.
 *
 * @returns {Promise<string>} the torch folder
 * @throws Error with the remedy when there is no pip or the download fails
 */
export async function fetchLibtorch(cache, env, say) {
  const python = pythonForPip(env);
  const flavour = env.DIALOGUE_PPO_FLAVOUR || (hasNvidiaGpu() ? "cuda" : "cpu");
  const final = path.join(cache, `libtorch-${FETCHED_VERSION}-${flavour}`);
  const partial = `${final}.partial`;
  makeFolder(partial);
  const index = chooseIndex(python, flavour, env, partial, say);
  const size =
    flavour === "cpu"
      ? "about 200 MB to download, 700 MB unpacked"
      : "about 900 MB to download, 5 GB unpacked";
  say(`fetch: torch ${FETCHED_VERSION}, ${flavour} flavour, ${size}, into ${final}`);
  // A CUDA build needs the CUDA libraries that its wheel names as dependencies. A CPU build needs no dependencies.
  const dependencies = flavour === "cuda" ? [] : ["--no-deps"];
  const args = [
    "install",
    ...dependencies,
    "--only-binary=:all:",
    "--no-compile",
    "--disable-pip-version-check",
    "--root-user-action=ignore",
  ];
  // All packages go into one call: pip adds nothing to a folder that an earlier call has made below its target.
  const install = (...more) =>
    pip(python, [...args, "-q", "--target", partial, ...index, `torch==${FETCHED_VERSION}`, ...more], false);
  let result = install(...(flavour === "cuda" ? CUDA_HEADERS : []));
  if (result.status !== 0 && flavour === "cuda") {
    say(`fetch: trying once more without ${CUDA_HEADERS.join(" and ")}`);
    makeFolder(partial);
    result = install();
  }
  if (result.status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    throw new Error(
      `pip could not fetch torch ${FETCHED_VERSION}; set LIBTORCH to an unpacked libtorch, or ` +
        "DIALOGUE_PPO_PYTHON to a Python that has torch, or DIALOGUE_PPO_TORCH_INDEX to another index",
    );
  }
  rmSync(final, { recursive: true, force: true });
  renameSync(partial, final);
  return path.join(final, "torch");
}
