import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLibtorch } from "../../native/tools/find-libtorch.js";
import { cacheFolder } from "../../native/tools/home.js";
import { type FakeTorch, fakePython, fakeTorch } from "./fake-libtorch.ts";

let root: string;
let env: NodeJS.ProcessEnv;
let messages: string[];

const at = (...parts: string[]): string => path.join(root, ...parts);
const find = (mayFetch = false) => findLibtorch({ env, mayFetch, say: (line) => messages.push(line) });
const torch = (name: string, what: FakeTorch): string => fakeTorch(at(name), what);

/** A Python of the given place whose torch is that one. */
function pythonWith(place: string, folder: string): string {
  return fakePython(at(place), folder);
}

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-libtorch-"));
  messages = [];
  // Hides the libtorch of this machine: the path has a python3 without torch, and the cache is empty.
  fakePython(at("bin"), "");
  env = { PATH: `${at("bin")}:/usr/bin:/bin`, XDG_CACHE_HOME: at("cache") };
  process.env.PATH = env.PATH;
});

const ownPath = process.env.PATH;
afterEach(() => {
  process.env.PATH = ownPath;
  rmSync(root, { recursive: true, force: true });
});

describe("where libtorch is looked for", () => {
  beforeEach(() => {
    env.LIBTORCH = torch("named", { headers: "2.13.0" });
    env.DIALOGUE_PPO_PYTHON = pythonWith("p1", torch("python", { headers: "2.12.0", stated: "2.12.0+cpu" }));
    env.VIRTUAL_ENV = at("venv");
    pythonWith("venv/bin", torch("venv-torch", { headers: "2.11.0", stated: "2.11.0+cu128", cuda: true }));
    pythonWith("bin", torch("system", { headers: "2.10.0", stated: "2.10.0" }));
    torch("cache/dialogue-ppo/libtorch-2.9.0-cpu/torch", { headers: "2.9.0", stated: "2.9.0+cpu" });
  });

  it("takes the newest of the cache", async () => {
    torch("cache/dialogue-ppo/libtorch-2.13.0-cpu/torch", { headers: "2.13.0", stated: "2.13.0+cpu" });
    for (const name of ["LIBTORCH", "DIALOGUE_PPO_PYTHON", "VIRTUAL_ENV"]) delete env[name];
    fakePython(at("bin"), "");
    expect((await find())?.version).toBe("2.13.0+cpu");
  });

  it("takes the first of LIBTORCH, the named Python, the virtual environment, python3 and the cache", async () => {
    const seen: (string | undefined)[] = [];
    for (const take of [
      () => {},
      () => delete env.LIBTORCH,
      () => delete env.DIALOGUE_PPO_PYTHON,
      () => delete env.VIRTUAL_ENV,
      () => fakePython(at("bin"), ""),
      () => rmSync(cacheFolder(env), { recursive: true }),
    ]) {
      take();
      const found = await find();
      seen.push(found && `${found.source} ${found.version}`);
    }
    expect(seen).toEqual([
      "LIBTORCH 2.13.0",
      "DIALOGUE_PPO_PYTHON 2.12.0+cpu",
      "VIRTUAL_ENV 2.11.0+cu128",
      "python3 2.10.0",
      "cache 2.9.0+cpu",
      undefined,
    ]);
  });

  it("reports each attempt and why it failed", async () => {
    delete env.LIBTORCH;
    delete env.DIALOGUE_PPO_PYTHON;
    fakePython(at("venv/bin"), "");
    expect((await find())?.source).toBe("python3");
    expect(messages).toEqual(["LIBTORCH: not set", `VIRTUAL_ENV: ${at("venv/bin/python3")} has no torch`]);
  });

  it("reports whether it contains CUDA", async () => {
    delete env.LIBTORCH;
    expect((await find())?.flavour).toBe("cpu");
    delete env.DIALOGUE_PPO_PYTHON;
    expect((await find())?.flavour).toBe("cuda");
  });
});

describe("a named libtorch that cannot be used is refused with a remedy", () => {
  const refusal = async (): Promise<string> =>
    find().then(
      (found) => `found ${found?.path}`,
      (error: Error) => error.message,
    );

  it.each<[string, FakeTorch | undefined, RegExp]>([
    ["no libtorch at all", undefined, /has no torch headers .*; correct or unset LIBTORCH$/],
    [
      "headers without libraries",
      { headers: "2.13.0", withoutLibraries: true },
      /has headers but no libtorch_cpu\.(so|dylib) in lib\/; correct or unset LIBTORCH$/,
    ],
    [
      "mixed versions",
      { headers: "2.13.0", stated: "2.12.1+cpu" },
      /is mixed: headers are 2\.13\.0, the libraries say 2\.12\.1\+cpu; install one of them afresh; correct or unset/,
    ],
    ["too old", { headers: "2.3.1" }, /is libtorch 2\.3\.1; supported are 2\.4 to 2\.14; correct or unset/],
    ["too new", { headers: "2.15.0" }, /is libtorch 2\.15\.0; supported are 2\.4 to 2\.14; correct or unset/],
  ])("LIBTORCH: %s", async (_name, what, expected) => {
    mkdirSync(at("empty"));
    env.LIBTORCH = what ? torch("torch", what) : at("empty");
    expect(await refusal()).toMatch(expected);
  });

  it("DIALOGUE_PPO_PYTHON without torch, or that does not run", async () => {
    env.DIALOGUE_PPO_PYTHON = fakePython(at("p"), "");
    expect(await refusal()).toMatch(/^DIALOGUE_PPO_PYTHON: .* has no torch; correct or unset it$/);
    env.DIALOGUE_PPO_PYTHON = at("nowhere/python3");
    expect(await refusal()).toMatch(/^DIALOGUE_PPO_PYTHON: .* does not run; correct or unset it$/);
  });

  it("a Python that was not named is skipped", async () => {
    env.VIRTUAL_ENV = at("venv");
    pythonWith("venv/bin", torch("old", { headers: "2.1.0" }));
    expect(await find()).toBeUndefined();
    expect(messages.join("\n")).toMatch(/VIRTUAL_ENV: .* is libtorch 2\.1\.0; supported are 2\.4 to 2\.14/);
  });

  it("accepts both ends of the supported range", async () => {
    for (const headers of ["2.4.0", "2.14.2"]) {
      env.LIBTORCH = torch(headers, { headers });
      expect((await find())?.version).toBe(headers);
    }
  });
});

describe("without a libtorch and without a way to download one", () => {
  it("the message says what to set or install", async () => {
    // `python3 -m pip --version` must fail, because the fake python3 has no pip.
    fakePython(at("bin"), '"; [ "$1" = "-m" ] && exit 1; echo "');
    await expect(find(true)).rejects.toThrow(
      /no libtorch was found and python3 has no pip .* set LIBTORCH to an unpacked libtorch, or install pip/,
    );
  });
});
