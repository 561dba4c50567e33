// Saves a model of every family and type with the built package, with the logits of a text beside it, for
// check_saved.py: node test/golden/save_outputs.js FOLDER
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { LanguageModel } from "../../dist/index.js";

const models = path.join(import.meta.dirname, "models");
const output = process.argv[2];
if (output === undefined) throw new Error("name the folder to write to");

for (const name of readdirSync(models)) {
  for (const dtype of ["float32", "float16", "bfloat16"]) {
    const folder = path.join(output, `${name}-${dtype}`);
    const model = await LanguageModel.load(path.join(models, name), { dtype });
    await model.save(folder);
    const ids = [4, 5, 6, 7, 8, 9, 10];
    const [logits] = await model.logits([Int32Array.from(ids)]);
    writeFileSync(path.join(folder, "logits.json"), JSON.stringify({ ids, logits: [...(logits ?? [])] }));
    await model.dispose();
  }
}
