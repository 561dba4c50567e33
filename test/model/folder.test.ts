import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { describeForeignContent } from "../../lib/files/file-kind.ts";
import { describeAdapter } from "../../lib/model/adapter.ts";
import { checkModelFolder, checkTokenizerFolder } from "../../lib/model/folder.ts";
import { readTokenizerFile } from "../../lib/model/json-file.ts";
import { findWeights } from "../../lib/model-files.ts";
import { starterFolder } from "../../lib/package.ts";
import { temporaryFile, temporaryFolder } from "../temporary.ts";

const LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 250540281\n";
const LOGIN = "<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>";

let folder: string;
const put = (name: string, content: string | Uint8Array): void =>
  writeFileSync(path.join(folder, name), content);

beforeEach(() => {
  folder = temporaryFolder();
});

/** Copies the starter child into the folder. */
function copyStarter(): void {
  const source = path.join(starterFolder, "child");
  for (const name of readdirSync(source)) copyFileSync(path.join(source, name), path.join(folder, name));
}

describe("describeForeignContent", () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    ["a pointer of git-lfs", LFS, /git-lfs pointer to a file of 250540281 bytes.*git lfs pull/],
    ["a pointer with Windows line ends", LFS.replaceAll("\n", "\r\n"), /git-lfs pointer/],
    ["a web page", LOGIN, /web page \(HTML\)/],
    ["a server's error message", "Entry not found", /server's error message \("Entry not found"\)/],
    ["a pointer of git-annex", "/annex/objects/SHA256E-s1--ab.bin\n", /git annex get/],
    ["nothing", "", /is empty.*get it again/],
    ["a model of llama.cpp", "GGUF\u0003\u0000", /GGUF/],
    ["a gzip file", Uint8Array.of(0x1f, 0x8b, 8, 0), /gzip; unpack/],
    ["an Excel workbook", "PK\u0003\u0004...", /Excel workbook/],
    ["UTF-16", Uint8Array.of(0xff, 0xfe, 0x61, 0), /UTF-16; save it as UTF-8/],
  ])("names %s", (_, content, expected) => {
    const file = temporaryFile("file");
    writeFileSync(file, content);
    expect(describeForeignContent(file, "text")).toMatch(expected);
  });

  it.skipIf(process.platform === "win32")("names a pipe, and does not wait for its writer", () => {
    const file = temporaryFile("pipe");
    expect(spawnSync("mkfifo", [file], { timeout: 10_000 }).status).toBe(0);
    expect(describeForeignContent(file, "weights")).toMatch(
      /is a pipe, a socket or a device; expected a regular/,
    );
  });

  it("has no objection to text, and for weights none to a zip archive", () => {
    const file = temporaryFile("file");
    writeFileSync(file, "text\nA:: version https://git-lfs.github.com/spec/v1\n");
    expect(describeForeignContent(file, "text")).toBeUndefined();
    writeFileSync(file, "PK\u0003\u0004...");
    expect(describeForeignContent(file, "weights")).toBeUndefined();
  });
});

describe("checkModelFolder", () => {
  it("has no objection to the starter models", () => {
    for (const role of ["child", "teacher"]) {
      checkModelFolder(path.join(starterFolder, role));
      checkTokenizerFolder(path.join(starterFolder, role));
    }
  });

  it.each([
    ["model.safetensors", LFS, "ERR_CHECKPOINT_FORMAT"],
    ["model.safetensors", LOGIN, "ERR_CHECKPOINT_FORMAT"],
    ["model.safetensors", "", "ERR_CHECKPOINT_FORMAT"],
    ["config.json", LFS, "ERR_MODEL"],
    ["generation_config.json", LFS, "ERR_MODEL"],
    ["generation_config.json", LOGIN, "ERR_MODEL"],
  ])("refuses %s with %j as %s", (name, content, code) => {
    copyStarter();
    put(name, content);
    expect(() => checkModelFolder(folder)).toThrow(
      expect.objectContaining({
        code,
        exitCode: 2,
        message: expect.stringMatching(/pointer|web page|empty/),
      }),
    );
  });

  it("refuses a pointer in place of pytorch_model.bin or tokenizer.json", () => {
    put("config.json", "{}");
    put("pytorch_model.bin", LFS);
    put("tokenizer.json", LFS);
    expect(() => checkModelFolder(folder)).toThrow(/pytorch_model\.bin is a git-lfs pointer/);
    expect(() => checkTokenizerFolder(folder)).toThrow(
      expect.objectContaining({
        code: "ERR_TOKENIZER",
        message: expect.stringMatching(/tokenizer\.json is a git-lfs/),
      }),
    );
  });

  it.each([
    ["chat_template.jinja", LFS, /chat_template\.jinja is a git-lfs pointer/],
    ["chat_template.jinja", LOGIN, /chat_template\.jinja is an HTML page/],
    ["chat_template.json", LFS, /chat_template\.json is a git-lfs pointer/],
  ])("refuses %s with %j as ERR_TOKENIZER", (name, content, message) => {
    copyStarter();
    put(name, content);
    expect(() => checkTokenizerFolder(folder)).toThrow(expect.objectContaining({ code: "ERR_TOKENIZER" }));
    expect(() => checkTokenizerFolder(folder)).toThrow(message);
  });

  it("reads the JSON of a tokenizer, an adapter and an index behind a byte-order mark", () => {
    put("tokenizer_config.json", '\ufeff{"a": 1}');
    expect(readTokenizerFile(path.join(folder, "tokenizer_config.json"))).toEqual({ a: 1 });
    put("adapter_config.json", '\ufeff{"base_model_name_or_path":"org/opt-base"}');
    expect(describeAdapter(folder, new Set(["adapter_config.json"]))).toMatch(/of org\/opt-base/);
    put("model.safetensors.index.json", '\ufeff{"weight_map": {"a": "one.safetensors"}}');
    expect(findWeights(folder, new Set(["model.safetensors.index.json"]))?.files).toEqual([
      "one.safetensors",
    ]);
  });

  it("names the bytes that a truncated safetensors file has and lacks", () => {
    copyStarter();
    const file = path.join(folder, "model.safetensors");
    const whole = readFileSync(file).length;
    for (const size of [whole - 1, whole >> 1, 100, 5]) {
      truncateSync(file, size);
      expect(() => checkModelFolder(folder)).toThrow(
        new RegExp(`is incomplete: ${size} of at least \\d+ bytes`),
      );
    }
    copyStarter();
    truncateSync(file, whole - 1);
    expect(() => checkModelFolder(folder)).toThrow(`${whole - 1} of at least ${whole} bytes`);
  });

  it("finds a pytorch_model.bin without its end", () => {
    put("config.json", "{}");
    put("pytorch_model.bin", `PK\u0003\u0004${"x".repeat(1000)}`);
    expect(() => checkModelFolder(folder)).toThrow(
      /1004 bytes are there, and the end of the archive is missing/,
    );
    put("pytorch_model.bin", `PK\u0003\u0004${"x".repeat(1000)}PK\u0005\u0006${"\0".repeat(18)}`);
    expect(() => checkModelFolder(folder)).not.toThrow();
  });

  it("names weights of one format under the name of the other", () => {
    const golden = path.join(import.meta.dirname, "../golden/files");
    const bytes = (name: string): Buffer => readFileSync(path.join(golden, name));
    put("config.json", "{}");
    put("pytorch_model.bin", bytes("f16/model.safetensors"));
    expect(() => checkModelFolder(folder)).toThrow(
      /bin is a file of safetensors.*rename it to model\.safetensors/,
    );
    for (const name of ["bin_zip", "bin_legacy"]) {
      put("pytorch_model.bin", bytes(`${name}/pytorch_model.bin`));
      put("model.safetensors", bytes(`${name}/pytorch_model.bin`));
      expect(() => checkModelFolder(folder)).toThrow(
        /is a file of torch\.save.*rename it to pytorch_model\.bin/,
      );
      rmSync(path.join(folder, "model.safetensors"));
      expect(() => checkModelFolder(folder)).not.toThrow();
    }
  });

  it("names a folder in place of a file", () => {
    put("config.json", "{}");
    mkdirSync(path.join(folder, "model.safetensors"));
    expect(() => checkModelFolder(folder)).toThrow(
      expect.objectContaining({
        code: "ERR_CHECKPOINT_FORMAT",
        message: expect.stringContaining("is a folder"),
      }),
    );
    mkdirSync(path.join(folder, "tokenizer.json"));
    expect(() => checkTokenizerFolder(folder)).toThrow(/tokenizer\.json is a folder; expected a file/);
  });

  it("names the base model of a PEFT adapter and the remedy", () => {
    put("adapter_config.json", '{"peft_type":"LORA","base_model_name_or_path":"org/opt-base"}');
    put("adapter_model.safetensors", "x");
    const message =
      /PEFT adapter \(LORA\) of org\/opt-base.*merge it into org\/opt-base first.*merge_and_unload/;
    expect(() => checkModelFolder(folder, "adapter")).toThrow(message);
    put("config.json", "{}");
    expect(() => checkModelFolder(folder, "adapter")).toThrow(message);
    put("adapter_config.json", "no JSON");
    expect(() => checkModelFolder(folder)).toThrow(/PEFT adapter of its base model/);
  });

  it.each([
    ["model-Q4.gguf", /GGUF/],
    ["model_index.json", /diffusers/],
    ["tf_model.h5", /TensorFlow.*from_tf=True/],
    ["flax_model.msgpack", /Flax.*from_flax=True/],
    ["model.onnx", /ONNX/],
    ["consolidated.00.pth", /version for transformers/],
    ["zero_to_fp32.py", /DeepSpeed/],
  ])("names the format of a folder with %s", (name, message) => {
    put(name, "x");
    expect(() => checkModelFolder(folder)).toThrow(expect.objectContaining({ code: "ERR_MODEL" }));
    expect(() => checkModelFolder(folder)).toThrow(message);
    put("config.json", "{}");
    expect(() => checkModelFolder(folder)).toThrow(message);
  });

  it("names missing shards, a file in place of a folder, and the model in a subfolder", () => {
    const below = path.join(folder, "checkpoint-500");
    mkdirSync(below);
    writeFileSync(path.join(below, "config.json"), "{}");
    expect(() => checkModelFolder(folder)).toThrow(`did you mean ${below}?`);
    put("config.json", "{}");
    const map = { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" };
    put("model.safetensors.index.json", JSON.stringify({ weight_map: map }));
    expect(() => checkModelFolder(folder)).toThrow(/lacks 2 of the 2 files of weights.*model-00001/);
    expect(() => checkModelFolder(path.join(folder, "config.json"))).toThrow(/is a file, not a model folder/);
  });
});
