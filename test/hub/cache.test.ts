import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hubEnvironment } from "../../lib/hub/environment.ts";
import type { RepositoryContent } from "../../lib/hub/select.ts";
import { type ResolveOptions, resolveModel } from "../../lib/hub/snapshot.ts";
import { COMMIT, FakeHub } from "./fake-hub.ts";

let home: string;
let snapshot: string;

const resolve = (variables: Record<string, string>, options: ResolveOptions = {}, name = "org/model") =>
  resolveModel(name, { environment: hubEnvironment({ HF_HOME: home, ...variables }), ...options });
const offline = (wanted: RepositoryContent = "model") => resolve({ HF_HUB_OFFLINE: "1" }, { wanted });
const put = (...names: readonly string[]): void => {
  for (const name of names) writeFileSync(path.join(snapshot, name), "{}");
};

beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "hub-"));
  const repository = path.join(home, "hub/models--org--model");
  snapshot = path.join(repository, "snapshots", COMMIT);
  mkdirSync(snapshot, { recursive: true });
  mkdirSync(path.join(repository, "refs"));
  writeFileSync(path.join(repository, "refs/main"), COMMIT);
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

describe("a cache that another program filled in part", () => {
  it.each<[string, readonly string[], RepositoryContent, string]>([
    ["AutoTokenizer alone", ["config.json", "tokenizer.json"], "model", "the weights"],
    ["AutoModel alone", ["config.json", "model.safetensors"], "model", "tokenizer.json"],
    ["AutoConfig alone", ["config.json"], "tokenizer", "tokenizer.json"],
    ["vocab.json alone", ["vocab.json"], "tokenizer", "tokenizer.json"],
    ["weights alone", ["model.safetensors"], "weights", "config.json"],
  ])("%s: offline, the message says what is missing and what to do", async (_, files, wanted, missing) => {
    put(...files);
    await expect(offline(wanted)).rejects.toMatchObject({
      code: "ERR_MODEL",
      message: expect.stringMatching(
        new RegExp(`cached copy of org/model is incomplete: .*${missing}.*unset HF_HUB_OFFLINE`),
      ),
    });
  });

  it("names the shards that the index lists and the snapshot lacks", async () => {
    put("config.json", "tokenizer.json", "model-00001-of-00003.safetensors");
    const weightMap = { a: "model-00001-of-00003.safetensors", b: "model-00002-of-00003.safetensors" };
    const index = { weight_map: { ...weightMap, c: "model-00003-of-00003.safetensors" } };
    writeFileSync(path.join(snapshot, "model.safetensors.index.json"), JSON.stringify(index));
    await expect(offline()).rejects.toThrow(
      /incomplete: model-00002-of-00003\.safetensors, model-00003-of-00003\.safetensors are not in the cache/,
    );
    put("model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors");
    expect(await offline()).toBe(snapshot);
  });

  it("says the same when the hub cannot be reached, in place of using the copy", async () => {
    put("config.json", "tokenizer.json");
    await expect(resolve({ HF_ENDPOINT: "http://127.0.0.1:9" })).rejects.toMatchObject({
      code: "ERR_NETWORK",
      message: expect.stringMatching(/incomplete: the weights.*127\.0\.0\.1:9.*cannot be reached/),
    });
  });

  it("counts as complete with either form of weights and of the tokenizer", async () => {
    put("config.json", "pytorch_model.bin", "vocab.json", "merges.txt");
    expect(await offline()).toBe(snapshot);
    expect(await offline("tokenizer")).toBe(snapshot);
  });

  it("needs no tokenizer where only the weights are wanted", async () => {
    put("config.json", "model.safetensors");
    expect(await offline("weights")).toBe(snapshot);
  });

  it("does not count links whose content was deleted", async () => {
    put("config.json", "tokenizer.json", "model.safetensors");
    rmSync(path.join(snapshot, "model.safetensors"));
    symlinkSync("../../blobs/gone", path.join(snapshot, "model.safetensors"));
    await expect(offline()).rejects.toThrow(/incomplete: the weights/);
  });

  it("is completed with the missing files as soon as the hub can be reached", async () => {
    put("config.json");
    const hub = new FakeHub();
    for (const name of ["tokenizer.json", "model.safetensors"]) hub.files.set(name, Buffer.from(name));
    hub.files.set("config.json", Buffer.from("{}"));
    await hub.start();
    try {
      expect(await resolve({ HF_ENDPOINT: hub.url })).toBe(snapshot);
      const loaded = hub.requests.filter(({ url }) => url.includes("/resolve/"));
      expect(loaded).toHaveLength(2);
      expect(readdirSync(snapshot)).toHaveLength(3);
    } finally {
      await hub.stop();
    }
  });
});

describe("a cache that cannot be written", () => {
  it("is named with the variable that moves it", async () => {
    const hub = new FakeHub();
    for (const name of ["config.json", "tokenizer.json", "model.safetensors"])
      hub.files.set(name, Buffer.from("{}"));
    await hub.start();
    const blocked = path.join(home, "file");
    writeFileSync(blocked, "");
    try {
      await expect(resolve({ HF_HOME: `${blocked}/hf`, HF_ENDPOINT: hub.url })).rejects.toMatchObject({
        code: "ERR_CONFIG",
        exitCode: 2,
        message: expect.stringMatching(/the model cache .*\/file\/hf\/hub cannot be written: .*set HF_HOME/),
      });
    } finally {
      await hub.stop();
    }
  });
});

describe("a complete cache", () => {
  let hub: FakeHub;

  beforeEach(async () => {
    hub = new FakeHub();
    for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) {
      hub.files.set(name, Buffer.from("{}"));
    }
    put(...hub.files.keys());
    await hub.start();
  });

  afterEach(() => hub.stop());

  it("is not written to, so that it can be read-only", async () => {
    const entries = readdirSync(home, { recursive: true, encoding: "utf8" });
    const state = (): unknown =>
      entries.map((name) => {
        const { ino, mtimeMs } = statSync(path.join(home, name));
        return [name, ino, mtimeMs];
      });
    const before = state();
    expect(await resolve({ HF_ENDPOINT: hub.url })).toBe(snapshot);
    expect(state()).toEqual(before);
    expect(readdirSync(home, { recursive: true, encoding: "utf8" })).toEqual(entries);
  });

  it("gets the commit of a branch that has moved", async () => {
    const ref = path.join(home, "hub/models--org--model/refs/main");
    writeFileSync(ref, "f".repeat(40));
    expect(await resolve({ HF_ENDPOINT: hub.url })).toBe(snapshot);
    expect(readFileSync(ref, "utf8")).toBe(COMMIT);
  });

  it.each([401, 403, 404])("is named with the way to use it when the hub answers %d", async (status) => {
    hub.scripted.push({ match: /\/revision\//, status, times: 9 });
    await expect(resolve({ HF_ENDPOINT: hub.url, HF_TOKEN: "hf_old" })).rejects.toMatchObject({
      code: "ERR_MODEL",
      message: expect.stringMatching(
        /the cache has a complete copy of org\/model, which HF_HUB_OFFLINE=1 uses$/,
      ),
    });
  });
});

describe("a repository and its revision", () => {
  let hub: FakeHub;

  beforeEach(async () => {
    hub = new FakeHub();
    for (const name of ["config.json", "tokenizer.json", "model.safetensors"])
      hub.files.set(name, Buffer.from("{}"));
    await hub.start();
  });

  afterEach(() => hub.stop());

  it("the name's own revision counts before the option's, and is stored as Python stores it", async () => {
    const answer = { body: JSON.stringify({ sha: COMMIT }) };
    hub.scripted.push(
      { match: /\/revision\/refs%2Fpr%2F1$/, ...answer },
      { match: /\/revision\/v1\.0$/, ...answer },
    );
    await resolve({ HF_ENDPOINT: hub.url }, { revision: "v1.0" }, "org/model@refs/pr/1");
    expect(existsSync(path.join(home, "hub/models--org--model/refs/refs/pr/1"))).toBe(true);
    await resolve({ HF_ENDPOINT: hub.url }, { revision: "v1.0" });
    expect(
      hub.requests.filter(({ url }) => url.includes("/revision/")).map(({ url }) => url.split("/").at(-1)),
    ).toEqual(["refs%2Fpr%2F1", "v1.0"]);
  });

  it("a commit needs no ref", async () => {
    put("config.json", "model.safetensors", "tokenizer.json");
    expect(await resolve({ HF_HUB_OFFLINE: "1" }, {}, `org/model@${COMMIT}`)).toBe(snapshot);
  });

  it.each(["../../../etc", "a/../b", "/a", "a//b", "-x", "a b", "a@{b"])(
    "the revision %j is refused",
    async (revision) => {
      await expect(resolve({ HF_ENDPOINT: hub.url }, { revision })).rejects.toMatchObject({
        code: "ERR_CONFIG",
      });
      expect(hub.requests).toEqual([]);
    },
  );

  it("a folder whose name has an @ is a folder", async () => {
    const folder = path.join(home, "a@b");
    mkdirSync(folder);
    expect(await resolve({}, {}, folder)).toBe(folder);
  });

  it("an old name without an owner is answered with the present one", async () => {
    await expect(resolve({}, {}, "gpt2")).rejects.toThrow(
      /owner\/name.*did you mean openai-community\/gpt2\?/,
    );
  });

  it.each([
    ["https://huggingface.co/facebook/opt-125m", "facebook/opt-125m"],
    ["https://huggingface.co/org/m/tree/refs/pr/1", "org/m@refs/pr/1"],
    ["https://hf-mirror.com/org/m/", "org/m"],
    ["hf://org/m", "org/m"],
    ["hf://models/org/m", "org/m"],
    ["org/m/", "org/m"],
  ])("the address %s is answered with the name", async (address, name) => {
    await expect(resolve({}, {}, address)).rejects.toMatchObject({
      code: "ERR_MODEL",
      message: expect.stringMatching(new RegExp(`did you mean ${name}\\?$`)),
    });
  });

  it.each(["./org/m", "/org/m", "a/b/c", "https://huggingface.co/datasets/org/m"])(
    "the text %s is no address of a model",
    async (text) => {
      await expect(resolve({}, {}, text)).rejects.toThrow(/or "owner\/name@revision"$/);
    },
  );
});

describe("a repository without a model for this program", () => {
  it.each([
    [["adapter_config.json", "adapter_model.safetensors"], /PEFT adapter.*merge_and_unload/],
    [["config.json", "tf_model.h5"], /no weights.*TensorFlow.*from_tf=True/],
    [["config.json", "flax_model.msgpack"], /no weights.*Flax/],
    [["README.md", "model-Q4_K_M.gguf"], /no config\.json.*GGUF/],
    [["model_index.json"], /no config\.json.*diffusers/],
  ])("%j is named before anything is downloaded", async (files, message) => {
    const hub = new FakeHub();
    for (const name of files) hub.files.set(name, Buffer.from("{}"));
    await hub.start();
    try {
      const refused = resolve({ HF_ENDPOINT: hub.url }, {}, "org/other");
      await expect(refused).rejects.toMatchObject({
        code: "ERR_MODEL",
        message: expect.stringMatching(message),
      });
      expect(existsSync(path.join(home, "hub/models--org--other"))).toBe(false);
    } finally {
      await hub.stop();
    }
  });
});
