type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Returns the home folder of the user.
 * @throws Error when none is known
 */
export function homeFolder(env?: Variables): string;

/**
 * Replaces a leading `~` and variables such as `$NAME` and `${NAME}`, as Python does. Unknown variables stay.
 * @throws Error when the home folder is needed and unknown, or for the home of another user (`~name`)
 */
export function expandPath(value: string, env?: Variables): string;

/**
 * Returns the folder of the user's caches: XDG_CACHE_HOME, or `.cache` in the home folder.
 * @throws Error when it is not known
 */
export function userCacheFolder(env?: Variables): string;

/**
 * Returns the folder of everything that this package caches.
 * @throws Error when it is not known; the message names the variable that sets it
 */
export function cacheFolder(env?: Variables): string;
