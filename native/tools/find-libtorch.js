// Finds libtorch: in LIBTORCH, in the torch of a Python, in the cache, or by a download. The first usable one is taken, and each
// attempt is reported.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { fetchLibtorch } from "./fetch-libtorch.js";
import { cacheFolder } from "./home.js";
import { inspectLibtorch } from "./libtorch-version.js";

/** Returns the torch folder of a Python. It is found without importing torch, which takes seconds. */
function torchOfPython(python) {
  const program =
    "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')";
  const result = spawnSync(python, ["-c", program], { encoding: "utf8" });
  if (result.error || result.status !== 0) return { problem: `${python} does not run` };
  const folder = result.stdout.trim();
  return folder ? { folder } : { problem: `${python} has no torch` };
}

function pythonsToAsk(env) {
  const list = [];
  if (env.DIALOGUE_PPO_PYTHON) list.push(["DIALOGUE_PPO_PYTHON", env.DIALOGUE_PPO_PYTHON]);
  if (env.VIRTUAL_ENV) list.push(["VIRTUAL_ENV", path.join(env.VIRTUAL_ENV, "bin", "python3")]);
  list.push(["python3", "python3"]);
  return list;
}

function fromPythons(env, say) {
  for (const [source, python] of pythonsToAsk(env)) {
    const answer = torchOfPython(python);
    const found = answer.folder ? inspectLibtorch(answer.folder) : answer;
    if (!found.problem) return { ...found, source };
    say(`${source}: ${found.problem}`);
    // A Python that the user names must be usable. Others are optional.
    if (source === "DIALOGUE_PPO_PYTHON")
      throw new Error(`DIALOGUE_PPO_PYTHON: ${found.problem}; correct or unset it`);
  }
  return undefined;
}

/** Returns the folder of downloaded libtorch versions, or undefined when none is known. */
function findCacheFolder(env, say) {
  try {
    return cacheFolder(env);
  } catch (error) {
    say(`cache: ${error.message}`);
    return undefined;
  }
}

function fromCache(env, say) {
  const folder = findCacheFolder(env, say);
  if (folder === undefined) return undefined;
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("libtorch-")) : [];
  // By the numbers in the names: as text, 2.9.0 would be newer than 2.13.0.
  const newestFirst = names.sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  for (const name of newestFirst) {
    const found = inspectLibtorch(path.join(folder, name, "torch"));
    if (!found.problem) return { ...found, source: "cache" };
    say(`cache: ${found.problem}`);
  }
  if (names.length === 0) say(`cache: nothing in ${folder}`);
  return undefined;
}

/**
 * Finds or downloads libtorch.
 *
 * @param {{ env?: NodeJS.ProcessEnv, say?: (line: string) => void, mayFetch?: boolean }} options
 * @returns {Promise<{ path: string, version: string, flavour: "cpu" | "cuda", source: string } | undefined>}
 * @throws Error with the remedy when a libtorch that the user names is unusable, or when the download fails
 */
export async function findLibtorch({ env = process.env, say = () => {}, mayFetch = true } = {}) {
  if (env.LIBTORCH) {
    const found = inspectLibtorch(path.resolve(env.LIBTORCH));
    if (found.problem) throw new Error(`LIBTORCH: ${found.problem}; correct or unset LIBTORCH`);
    return { ...found, source: "LIBTORCH" };
  }
  say("LIBTORCH: not set");
  const found = fromPythons(env, say) ?? fromCache(env, say);
  if (found || !mayFetch) return found;
  const folder = await fetchLibtorch(cacheFolder(env), env, say);
  const fetched = inspectLibtorch(folder);
  if (fetched.problem) throw new Error(`the fetched libtorch is unusable: ${fetched.problem}`);
  return { ...fetched, source: "fetched" };
}
