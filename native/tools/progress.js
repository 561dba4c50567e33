// Shows how far a build is, from the output of ninja or make.

const PLAIN_INTERVAL = 10_000;
const TERMINAL_INTERVAL = 1000;

/** Returns a duration such as "45 s" or "1 min 40 s". */
function durationText(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * Reads one line of the output of CMake, ninja or make.
 *
 * @param {string} line
 * @returns {string | undefined | null} how far the build is, such as "23 of 61 steps" or "12 %"; null for another line
 *   about its state; undefined for a line that the user needs, such as a message of the compiler
 */
export function readBuildLine(line) {
  const ninja = /^\[(\d+)\/(\d+)\] (.*)/.exec(line);
  // Before it builds, ninja checks the lists of sources and may run CMake, which it counts as steps.
  if (ninja) return /^Re-(checking|running)/.test(ninja[3]) ? null : `${ninja[1]} of ${ninja[2]} steps`;
  const make = /^\[ *(\d+)%\] /.exec(line);
  if (make) return `${make[1]} %`;
  return /^-- |^(Consolidate compiler|Scanning dependencies)|^g?make\[\d+\]: (Entering|Leaving)|^ninja: no work to do/.test(
    line,
  )
    ? null
    : undefined;
}

/**
 * Follows a build and writes how far it is. On a terminal it rewrites one line each second. Elsewhere, for example in
 * the log of npm, it writes a line every ten seconds.
 *
 * @param {{ stream?: NodeJS.WriteStream, now?: () => number }} options `stream` is the standard error by default
 * @returns {{ line: (text: string) => void, end: () => void }} `line` takes a line of the build's output; `end` must be
 *   called at the end
 */
export function followBuild({ stream = process.stderr, now = Date.now } = {}) {
  const start = now();
  let state = "starting";
  const show = () => {
    const text = `building the addon: ${state}, ${durationText(now() - start)}`;
    stream.write(stream.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  };
  const clear = () => stream.isTTY && stream.write("\r\x1b[K");
  const timer = setInterval(show, stream.isTTY ? TERMINAL_INTERVAL : PLAIN_INTERVAL);
  return {
    line(text) {
      const read = readBuildLine(text);
      if (read) state = read;
      if (read !== undefined) return;
      clear();
      stream.write(`${text}\n`);
    },
    end() {
      clearInterval(timer);
      clear();
    },
  };
}
