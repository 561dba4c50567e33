// What a run has written, in a form that can be compared.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const VARIES = /^time\/|per_second|memory/;

function stepsOf(file) {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const { step, stats } = JSON.parse(line);
      return [step, Object.entries(stats ?? {}).filter(([name]) => !VARIES.test(name))];
    });
}

const read = (file) => (existsSync(file) ? readFileSync(file) : undefined);

/** Reads weights, log and samples of a run of `steps` steps. */
export const trainResult = (folder, steps = 6) => ({
  weights: read(path.join(folder, `checkpoint-step-${steps}/child_model/model.safetensors`)),
  "value head": read(path.join(folder, `checkpoint-step-${steps}/child_model/value_head.safetensors`)),
  log: JSON.stringify(stepsOf(path.join(folder, "training_log.jsonl"))),
  samples: read(path.join(folder, "samples.jsonl")),
});

/** Reads weights and tokenizer of a pretrained model. */
export const pretrainResult = (folder) => ({
  weights: read(path.join(folder, "model.safetensors")),
  tokenizer: read(path.join(folder, "tokenizer.json")),
});

/** Returns the name of the first part that differs; undefined when all are equal. */
export function firstDifference(result, expected) {
  return Object.keys(expected).find((name) => {
    const [ours, theirs] = [result[name], expected[name]];
    if (ours === undefined || theirs === undefined) return ours !== theirs;
    return !Buffer.from(ours).equals(Buffer.from(theirs));
  });
}

/**
 * Compares what a command has written with the run without faults, and removes its folder.
 *
 * @param when words that follow the name of the part that differs, such as "after the resume"
 * @param options what is expected in place of the run without faults, and the function that reads a result
 * @returns what differs; undefined when all is equal
 */
export function otherPart(
  context,
  folder,
  when = "",
  { expected = context.expected, resultOf = trainResult } = {},
) {
  const part = firstDifference(resultOf(folder), expected);
  context.clean(folder);
  return part && `other ${part} ${when}`.trimEnd();
}
