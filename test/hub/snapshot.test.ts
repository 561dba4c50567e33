import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hubEnvironment } from "../../lib/hub/environment.ts";
import { type RemoteFile, requireSafePath, selectModelFiles } from "../../lib/hub/select.ts";
import { type ResolveOptions, resolveModel } from "../../lib/hub/snapshot.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { COMMIT, FakeHub } from "./fake-hub.ts";

const weights = Buffer.alloc(300_000, "weights ");
let hub: FakeHub;
let home: string;

const environment = (extra: Record<string, string> = {}) =>
  hubEnvironment({ HF_HOME: home, HF_ENDPOINT: hub.url, ...extra });
const resolve = (options: ResolveOptions = {}, extra: Record<string, string> = {}, id = "org/model") =>
  resolveModel(id, { environment: environment(extra), ...options });

beforeEach(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), "hub-"));
  hub = new FakeHub();
  hub.addModel(weights);
  hub.files.set("flax_model.msgpack", Buffer.from("no"));
  hub.files.set("pytorch_model.bin", Buffer.from("no"));
  hub.files.set("original/consolidated.00.pth", Buffer.from("no"));
  await hub.start();
});

afterEach(async () => {
  await hub.stop();
  rmSync(home, { recursive: true, force: true });
});

describe("resolveModel for a tokenizer", () => {
  it("downloads only the tokenizer's files, from a repository without a model", async () => {
    hub.files.delete("config.json");
    await expect(resolve()).rejects.toThrow(/has no config\.json.*expected a model/);
    const snapshot = await resolve({ wanted: "tokenizer" });
    expect(readdirSync(snapshot)).toEqual(["tokenizer.json"]);
  });

  it("does not count a cached tokenizer as a cached model", async () => {
    const snapshot = await resolve({ wanted: "tokenizer" });
    expect(readdirSync(snapshot).sort()).toEqual(["config.json", "tokenizer.json"]);
    await expect(resolve({}, { HF_HUB_OFFLINE: "1" })).rejects.toThrow(/not in the cache/);
    expect(await resolve({ wanted: "tokenizer" }, { HF_HUB_OFFLINE: "1" })).toBe(snapshot);
  });

  it("has the model's type, which decides on the class of a tokenizer that names none", async () => {
    const vocab = { a: 0, "<|endoftext|>": 1 };
    hub.files.set("config.json", Buffer.from(JSON.stringify({ model_type: "gpt2" })));
    hub.files.set("tokenizer_config.json", Buffer.from(JSON.stringify({ model_max_length: 1024 })));
    hub.files.set(
      "tokenizer.json",
      Buffer.from(JSON.stringify({ added_tokens: [], model: { type: "BPE", vocab, merges: [] } })),
    );
    const { bosId, eosId } = await Tokenizer.load(await resolve({ wanted: "tokenizer" }));
    expect([bosId, eosId]).toEqual([1, 1]);
  });

  it("refuses a repository without a tokenizer", async () => {
    hub.files.delete("tokenizer.json");
    await expect(resolve({ wanted: "tokenizer" })).rejects.toThrow(/no tokenizer\.json or vocab\.json/);
  });
});

describe("resolveModel", () => {
  it("downloads the needed files into the layout that Python reads", async () => {
    const snapshot = await resolve();
    const folder = path.join(home, "hub", "models--org--model");
    expect(snapshot).toBe(path.join(folder, "snapshots", COMMIT));
    expect(readdirSync(snapshot).sort()).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
    expect(readFileSync(path.join(folder, "refs", "main"), "utf8")).toBe(COMMIT);
    const sha256 = createHash("sha256").update(weights).digest("hex");
    expect(readlinkSync(path.join(snapshot, "model.safetensors"))).toBe(`../../blobs/${sha256}`);
    expect(lstatSync(path.join(folder, "blobs", sha256)).isFile()).toBe(true);
  });

  it("resumes a download after the connection was cut", async () => {
    hub.cuts.set("model.safetensors", 1);
    const snapshot = await resolve();
    const ranges = hub.requests.filter((request) => request.url.endsWith("model.safetensors"));
    // A reset can take away bytes that were sent and not yet read.
    const rest = expect.stringMatching(/^bytes=[1-9]\d*-$/);
    expect(ranges.map((request) => request.range)).toEqual([undefined, rest]);
    expect(readFileSync(path.join(snapshot, "model.safetensors")).equals(weights)).toBe(true);
  });

  it("starts over when the server ignores the range", async () => {
    hub.cuts.set("model.safetensors", 1);
    hub.ignoreRanges = true;
    const snapshot = await resolve();
    expect(readFileSync(path.join(snapshot, "model.safetensors")).equals(weights)).toBe(true);
  });

  it("refuses and deletes a file with a wrong checksum", async () => {
    hub.corrupt.add("model.safetensors");
    await expect(resolve()).rejects.toMatchObject({ code: "ERR_NETWORK", message: /checksum/ });
    const blobs = readdirSync(path.join(home, "hub", "models--org--model", "blobs"));
    expect(blobs.some((name) => name.length >= 64)).toBe(false);
  });

  it("does not download a file again", async () => {
    await resolve();
    hub.requests.length = 0;
    await resolve();
    expect(hub.requests.filter((request) => request.url.includes("/resolve/"))).toEqual([]);
  });

  it("sends no request while offline, and fails when the model is not in the cache", async () => {
    await expect(resolve({}, { HF_HUB_OFFLINE: "1" })).rejects.toMatchObject({ code: "ERR_MODEL" });
    await resolve();
    hub.requests.length = 0;
    expect(await resolve({}, { HF_HUB_OFFLINE: "1" })).toContain(COMMIT);
    expect(hub.requests).toEqual([]);
  });

  it("names the page and the source of the token for a gated model, and downloads it with the right token", async () => {
    hub.gatedFor = "hf_secret";
    await expect(resolve()).rejects.toMatchObject({
      code: "ERR_MODEL",
      message: /accept the licence.*no token/,
    });
    const wrong = { HF_TOKEN: "hf_wrong" };
    await expect(resolve({}, wrong)).rejects.toMatchObject({ message: /the variable HF_TOKEN/ });
    expect(await resolve({}, { HF_TOKEN: "hf_secret" })).toContain(COMMIT);
  });

  it("reports an unknown repository and an unknown revision differently", async () => {
    await expect(resolve({}, {}, "nobody/model")).rejects.toMatchObject({ message: /was not found/ });
    await expect(resolve({ revision: "v9" })).rejects.toMatchObject({ message: /no revision "v9"/ });
  });

  it("follows the paging links of the listing", async () => {
    hub.pageSize = 1;
    expect(readdirSync(await resolve()).length).toBe(3);
  });

  it("uses the cached copy and reports it when the hub cannot be reached", async () => {
    await resolve();
    const notices: string[] = [];
    const gone = environment({ HF_ENDPOINT: "http://127.0.0.1:9" });
    const snapshot = await resolveModel("org/model", {
      environment: gone,
      onNotice: (text) => notices.push(text),
    });
    expect(snapshot).toContain(COMMIT);
    expect(notices).toHaveLength(1);
  });

  it("creates a cache that Python's huggingface_hub can read offline", async (context) => {
    const python = process.env.DIALOGUE_PPO_PYTHON ?? "python3";
    if (spawnSync(python, ["-c", "import huggingface_hub"]).status !== 0) {
      context.skip(`${python} has no huggingface_hub (set DIALOGUE_PPO_PYTHON)`);
    }
    const snapshot = await resolve();
    const program = `from huggingface_hub import hf_hub_download as f; print(f("org/model", "model.safetensors"))`;
    const env = { ...process.env, HF_HOME: home, HF_HUB_OFFLINE: "1" };
    const { stdout, stderr } = spawnSync(python, ["-c", program], { env, encoding: "utf8" });
    expect(stdout.trim() || stderr).toBe(path.join(snapshot, "model.safetensors"));
  });

  it("returns a local folder unchanged, and refuses a name that is neither a folder nor a repository", async () => {
    writeFileSync(path.join(home, "config.json"), "{}");
    expect(await resolveModel(home)).toBe(home);
    await expect(resolveModel(path.join(home, "absent"))).rejects.toMatchObject({ code: "ERR_MODEL" });
  });
});

describe("selectModelFiles", () => {
  const file = (name: string): RemoteFile => ({ path: name, size: 1, etag: "", algorithm: "git-sha1" });

  it("selects pickled weights only when there are no safetensors", () => {
    const names = (list: string[]) => selectModelFiles(list.map(file)).map((entry) => entry.path);
    expect(names(["config.json", "pytorch_model.bin", "tf_model.h5"])).toEqual([
      "config.json",
      "pytorch_model.bin",
    ]);
    expect(names(["model.safetensors", "pytorch_model.bin"])).toEqual(["model.safetensors"]);
  });

  it("selects the description of an adapter beside the weights, and not the adapter", () => {
    const listed = ["adapter_config.json", "adapter_model.safetensors", "config.json", "model.safetensors"];
    expect(selectModelFiles(listed.map(file)).map((entry) => entry.path)).toEqual([
      "adapter_config.json",
      "config.json",
      "model.safetensors",
    ]);
  });

  // transformers takes the first of these four that a repository has; another variant only if it is asked for.
  it.each([
    [["model.fp16.safetensors", "pytorch_model.bin"], ["pytorch_model.bin"]],
    [
      ["model-00001-of-00001.safetensors", "model.safetensors", "model.fp32.safetensors"],
      ["model.safetensors"],
    ],
    [
      ["model-00001-of-00001.safetensors", "model.safetensors.index.json", "pytorch_model.bin"],
      ["model-00001-of-00001.safetensors", "model.safetensors.index.json"],
    ],
    [
      ["pytorch_model.bin.index.json", "pytorch_model-00001-of-00001.bin", "value_head.safetensors"],
      ["pytorch_model.bin.index.json", "pytorch_model-00001-of-00001.bin", "value_head.safetensors"],
    ],
  ])("of %j selects what is loaded", (listed, selected) => {
    expect(selectModelFiles(listed.map(file)).map((entry) => entry.path)).toEqual(selected);
  });

  it.each(["../x", "/etc/passwd", "a/../b", "C:\\x", "a\\b", "./a", "a//b", ""])(
    "refuses the path %j",
    (name) => {
      expect(() => requireSafePath(name)).toThrow(/unsafe path/);
    },
  );
});
