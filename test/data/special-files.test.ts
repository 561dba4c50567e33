import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspectDataFile } from "../../lib/data/data-file.ts";
import { readTextDocument } from "../../lib/data/text-stream.ts";
import { readTextFile } from "../../lib/files/text-file.ts";
import { silentLogger } from "../../lib/log.ts";
import { readChatTemplate } from "../../lib/model/special-tokens.ts";
import { readStepLog } from "../../lib/run/records.ts";
import { loadSpaces } from "../../lib/spaces/load.ts";
import { readSpace } from "../../lib/spaces/stored-space.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "dppo-special-"));
const at = (name: string): string => path.join(folder, name);

beforeAll(() => {
  // Without a writer, opening it would wait for ever.
  expect(spawnSync("mkfifo", [at("pipe")], { timeout: 5000 }).status).toBe(0);
  symlinkSync("/dev/zero", at("device"));
  symlinkSync("pipe", at("chat_template.jinja"));
  writeFileSync(at("words.txt"), "a\n");
});

afterAll(() => rmSync(folder, { recursive: true }));

const space = (vectors: string) => ({
  ...{ kind: "lsa" as const, dimensions: 1, words: 1, dtype: "float32" as const },
  ...{ vectors, vocabulary: "words.txt" },
});

describe.each(["pipe", "device"])("a %s in place of a file is refused, not waited for:", (name) => {
  it.each<[string, () => unknown]>([
    ["JSON", () => readTextFile(at(name), "ERR_CONFIG", "a JSON file")],
    ["a text", () => readTextDocument(at(name))],
    ["data", () => inspectDataFile(at(name))],
    ["the log of a run", () => readStepLog(at(name), silentLogger)],
    ["vectors", () => loadSpaces(at(name))],
    ["the vectors of a space", () => readSpace(folder, space(name))],
    ["a chat template", () => readChatTemplate(folder, {})],
  ])("%s", async (_, read) => {
    await expect((async () => read())()).rejects.toThrow(/regular file/);
  });
});
