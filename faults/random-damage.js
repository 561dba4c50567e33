// Damage of a random kind at a random place of a file.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { flipBit } from "./damage.js";

const below = (random, count) => Math.floor(random() * count);
/** Returns one of the items at random. */
export const pick = (random, list) => list[below(random, list.length)];

/** A value so deep that a reader that recurses without a limit ends the process. */
const nested = (depth) => JSON.parse(`${"[".repeat(depth)}1${"]".repeat(depth)}`);

/** Values that no reader of a run expects. `-0.5e999` is text, because no number of JavaScript is written so. */
const HOSTILE = [
  null,
  true,
  "",
  "1",
  -1,
  0,
  0.5,
  1e308,
  2 ** 53,
  -(2 ** 31),
  "-0.5e999",
  "\u0000\u001b[2J\u202e",
  "../../../etc/passwd",
  "x".repeat(300_000),
  [],
  {},
  [null],
  { length: 4 },
  nested(3000),
];

/** Lists the places in a JSON value: each an object or array with one of its keys. */
function placesOf(value, places = []) {
  if (value === null || typeof value !== "object") return places;
  for (const key of Object.keys(value)) {
    places.push({ parent: value, key });
    placesOf(value[key], places);
  }
  return places;
}

/** Returns a JSON text with one value replaced, removed, renamed or doubled; the text itself when it is no JSON. */
function otherValue(text, random) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return text.slice(1);
  }
  const places = placesOf(value);
  if (places.length === 0) return JSON.stringify(pick(random, HOSTILE));
  const { parent, key } = pick(random, places);
  const way = random();
  if (way < 0.7) parent[key] = pick(random, HOSTILE);
  else if (way < 0.8) delete parent[key];
  else if (way < 0.9 && typeof parent[key] === "number") parent[key] += 1;
  else {
    parent[`${key}_`] = parent[key];
    if (!Array.isArray(parent)) delete parent[key];
  }
  return JSON.stringify(value).replaceAll('"-0.5e999"', "-0.5e999");
}

/** Changes a value in a JSON file, in a line of JSON Lines, or in the header of a safetensors file. */
function changeValue(file, random) {
  const bytes = readFileSync(file);
  if (file.endsWith(".safetensors")) {
    const length = Number(bytes.readBigUInt64LE());
    const header = Buffer.from(otherValue(bytes.subarray(8, 8 + length).toString(), random));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(file, Buffer.concat([size, header, bytes.subarray(8 + length)]));
    return;
  }
  if (!file.endsWith(".jsonl")) {
    writeFileSync(file, otherValue(bytes.toString(), random));
    return;
  }
  const lines = bytes.toString().trimEnd().split("\n");
  const at = below(random, lines.length);
  lines[at] = otherValue(lines[at], random);
  writeFileSync(file, `${lines.join("\n")}\n`);
}

/** Doubles, removes or exchanges lines of a text; of another file, parts of 64 bytes. */
function shuffleParts(file, random) {
  const text = readFileSync(file, "latin1");
  const isText = /\.(jsonl?|txt)$/.test(file);
  const parts = isText ? text.split(/(?<=\n)/) : (text.match(/[\s\S]{1,64}/g) ?? []);
  const [from, to] = [below(random, parts.length), below(random, parts.length)];
  const [moved = ""] = parts.splice(from, random() < 0.5 ? 1 : 0);
  if (random() < 0.7) parts.splice(to, 0, moved || (parts[to] ?? "x"));
  writeFileSync(file, parts.join(""), "latin1");
}

function replace(file, make) {
  rmSync(file);
  make(file);
}

/** Ways to change the content of a file. Each takes the file, random numbers, and the same file of another run. */
const CONTENTS = {
  "with another value": changeValue,
  "with parts in another order": shuffleParts,
  "with bits changed": (file, random) => {
    let bytes = readFileSync(file);
    for (let count = 1 + below(random, 8); count > 0; count--) bytes = flipBit(bytes, random);
    writeFileSync(file, bytes);
  },
  "cut short": (file, random) => {
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, below(random, bytes.length)));
  },
  "with more at its end": (file, random) => {
    const more = Buffer.from(Array.from({ length: 1 + below(random, 5000) }, () => below(random, 256)));
    writeFileSync(file, Buffer.concat([readFileSync(file), more]));
  },
  "of another run": (file, _, twin) => copyFileSync(twin, file),
};

/** Ways to put something else in the place of a file. */
const KINDS_OF_FILE = {
  "replaced by a folder": (file) => replace(file, mkdirSync),
  "replaced by a link to itself": (file) => replace(file, () => symlinkSync(path.basename(file), file)),
  "replaced by a link to nothing": (file) => replace(file, () => symlinkSync("gone", file)),
  "replaced by a link to a device without end": (file) => replace(file, () => symlinkSync("/dev/zero", file)),
  "replaced by a pipe": (file) =>
    replace(file, () => {
      const { status } = spawnSync("mkfifo", [file], { timeout: 5000 });
      if (status !== 0) throw new Error("mkfifo failed");
    }),
};

/**
 * Damages a file in place.
 *
 * @param twin the same file of another run
 * @returns how it was damaged; undefined when the file is as before
 */
export function damageAtRandom(file, random, twin) {
  const before = readFileSync(file);
  // Content is damaged more often than the kind of a file, which has fewer cases.
  if (random() >= 0.8) {
    const way = pick(random, Object.keys(KINDS_OF_FILE));
    KINDS_OF_FILE[way](file);
    return way;
  }
  const way = pick(random, Object.keys(CONTENTS));
  CONTENTS[way](file, random, twin);
  return readFileSync(file).equals(before) ? undefined : way;
}
