// Finds the user's home and cache folders. Paths from environment variables can contain `~` and variables.
import os from "node:os";
import path from "node:path";

/**
 * Returns the home folder of the user.
 * @throws Error when none is known
 */
export function homeFolder(env = process.env) {
  const given = process.platform === "win32" ? env.USERPROFILE : env.HOME;
  if (given) return given;
  try {
    // The user database. `os.homedir` would return an empty HOME as it is.
    const { homedir } = os.userInfo();
    if (homedir) return homedir;
  } catch {
    // In a container, the user may have no entry in the database.
  }
  throw new Error(
    "no home folder is known, because HOME is not set and this user has no entry in the user database",
  );
}

/**
 * Replaces a leading `~` and variables such as `$NAME` and `${NAME}`, as Python's `expanduser` and `expandvars` do. A shell does
 * not do that in files of variables (.env) and in container settings. Unknown variables stay.
 *
 * @throws Error when the home folder is needed and unknown, or for the home of another user (`~name`)
 */
export function expandPath(value, env = process.env) {
  const expanded = value.replace(/^~([^/\\]*)/, (tilde, user) => {
    if (user !== "") throw new Error(`${tilde} is the home of another user; give a path without it`);
    return homeFolder(env);
  });
  return expanded.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (text, plain, braced) => env[plain ?? braced] ?? text);
}

/**
 * Returns the folder of the user's caches: XDG_CACHE_HOME, or `.cache` in the home folder.
 * @throws Error when it is not known
 */
export function userCacheFolder(env = process.env) {
  const given = env.XDG_CACHE_HOME?.trim();
  return given ? expandPath(given, env) : path.join(homeFolder(env), ".cache");
}

/**
 * Returns the folder of everything that this package caches.
 * @throws Error when it is not known; the message names the variable that sets it
 */
export function cacheFolder(env = process.env) {
  try {
    return path.join(userCacheFolder(env), "dialogue-ppo");
  } catch (cause) {
    throw new Error(`the cache folder is not known: ${cause.message}; set XDG_CACHE_HOME to a folder`, {
      cause,
    });
  }
}
