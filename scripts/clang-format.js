// Formats the C++ sources in place. With --check, it changes nothing, lists the files that differ and fails.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { canInstall, installPackages, isAvailable } from "./debian.js";

const root = path.resolve(import.meta.dirname, "..");
const FOLDERS = [
  "native/core",
  "native/binding",
  "native/test",
  "native/bench",
  "native/fuzz",
  "native/race",
];

const files = FOLDERS.flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(h|cc|cu)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name)),
).sort();

const check = process.argv.includes("--check");
if (!isAvailable("clang-format") && canInstall()) installPackages(["clang-format"]);
if (isAvailable("clang-format")) {
  const flags = check ? ["--dry-run", "--Werror"] : ["-i"];
  const result = spawnSync("clang-format", [...flags, ...files], { cwd: root, stdio: "inherit" });
  process.exitCode = result.status ?? 1;
  if (check && result.status === 0) console.error(`${files.length} C++ files are formatted`);
} else if (check) {
  console.error(
    "SKIPPED: clang-format is missing, the C++ formatting is not checked (apt-get install clang-format)",
  );
} else {
  console.error("clang-format is missing: apt-get install clang-format");
  process.exitCode = 1;
}
