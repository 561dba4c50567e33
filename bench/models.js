// Folders with models of the shapes in bench/shapes, which ours and the peers load: the same weights for all.
import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { alternate, endAll, ours } from "./contestants.js";

const STARTER = path.join(import.meta.dirname, "../data/starter");

/**
 * Returns the folder of a model with random weights. It is made when it does not exist yet, which takes a minute for the
 * teacher.
 *
 * @param {string} shape the name of a file in bench/shapes
 * @param {object} changes of that configuration, such as { num_hidden_layers: 3 }
 */
export async function modelFolder(context, shape, changes = {}) {
  const name = [shape, ...Object.values(changes)].join("-");
  const folder = path.join(context.models, name);
  if (existsSync(folder)) return folder;
  context.say(`writing the model ${name}`);
  const config = JSON.parse(readFileSync(path.join(import.meta.dirname, "shapes", `${shape}.json`), "utf8"));
  // A folder that was cut short has another name, so it is never taken for a model.
  const partial = `${folder}.partial`;
  await write(context, {
    kind: "making",
    config: JSON.stringify({ ...config, ...changes }),
    folder: partial,
  });
  renameSync(partial, folder);
  return folder;
}

async function write(context, work) {
  const writer = ours(context);
  await alternate([writer], work, { repeats: 1, limit: 0 });
  await endAll([writer]);
}

/** The types of weights in which models of these roles usually come: a child of one's own, and a published teacher. */
const ROLE_DTYPES = { child: "float32", teacher: "bfloat16" };

/**
 * Returns the folder of a model with the tokenizer of a starter model and its special tokens, so that the program can
 * train it or ask it. The rows of the embedding beyond the tokenizer's vocabulary cost as much as any other.
 */
export async function speakerFolder(context, shape, role) {
  const dtype = ROLE_DTYPES[role];
  const folder = path.join(context.models, `${shape}-as-${role}-${dtype}`);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial`;
  const source = await modelFolder(context, shape);
  context.say(`writing the model ${shape} as ${role} in ${dtype}`);
  await write(context, { kind: "converting", source, dtype, folder: partial });
  const starter = path.join(STARTER, role);
  for (const name of ["tokenizer.json", "tokenizer_config.json", "generation_config.json"]) {
    cpSync(path.join(starter, name), path.join(partial, name));
  }
  const { bos_token_id, eos_token_id, pad_token_id } = JSON.parse(
    readFileSync(path.join(starter, "config.json"), "utf8"),
  );
  const own = JSON.parse(readFileSync(path.join(partial, "config.json"), "utf8"));
  const config = { ...own, bos_token_id, eos_token_id, pad_token_id };
  writeFileSync(path.join(partial, "config.json"), JSON.stringify(config, null, 2));
  renameSync(partial, folder);
  return folder;
}
