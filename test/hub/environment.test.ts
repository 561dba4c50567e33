import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hubEnvironment } from "../../lib/hub/environment.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "hub-home-"));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

const environment = (variables: Record<string, string>) => hubEnvironment({ HOME: home, ...variables });

describe("the folder of the cache", () => {
  // The variables of each case and the folder that Python's huggingface_hub uses; H stands for the home folder.
  const CASES: readonly (readonly [Record<string, string>, string])[] = [
    [{}, "H/.cache/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub"],
    [{ XDG_CACHE_HOME: "~/c" }, "H/c/huggingface/hub"],
    [{ HF_HOME: "~/hf" }, "H/hf/hub"],
    [{ HF_HOME: "~" }, "H/hub"],
    [{ HF_HOME: "$BASE/hf", BASE: "/data" }, "/data/hf/hub"],
    [{ HF_HOME: "$" + "{BASE}/hf", BASE: "/data" }, "/data/hf/hub"],
    [{ HF_HOME: "/a/$UNKNOWN" }, "/a/$UNKNOWN/hub"],
    [{ HF_HOME: "/a~b" }, "/a~b/hub"],
    [{ HF_HOME: "/h", HF_HUB_CACHE: "~/cache" }, "H/cache"],
    [{ HUGGINGFACE_HUB_CACHE: "~/old" }, "H/old"],
    [{ HUGGINGFACE_HUB_CACHE: "/old", HF_HUB_CACHE: "/new" }, "/new"],
  ];

  it.each(CASES)("%j is %s", (variables, expected) => {
    expect(environment(variables).cacheRoot).toBe(expected.replace("H", home));
  });

  it("is the one that Python's huggingface_hub uses", (context) => {
    const python = process.env.DIALOGUE_PPO_PYTHON ?? "python3";
    if (spawnSync(python, ["-c", "import huggingface_hub"]).status !== 0) {
      context.skip(`${python} has no huggingface_hub (set DIALOGUE_PPO_PYTHON)`);
    }
    const program = "from huggingface_hub.constants import HF_HUB_CACHE; print(HF_HUB_CACHE)";
    for (const [variables, expected] of CASES) {
      const env = { PATH: process.env.PATH, HOME: home, ...variables } as NodeJS.ProcessEnv;
      const { stdout } = spawnSync(python, ["-c", program], { env, encoding: "utf8" });
      expect(stdout.trim(), JSON.stringify(variables)).toBe(expected.replace("H", home));
    }
  }, 120_000);

  it.each(["HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME"])(
    "an empty %s counts as unset",
    (name) => {
      expect(environment({ [name]: "" }).cacheRoot).toBe(path.join(home, ".cache/huggingface/hub"));
      expect(environment({ [name]: "  " }).cacheRoot).toBe(path.join(home, ".cache/huggingface/hub"));
    },
  );

  it("is that of the user database without HOME", () => {
    const expected = path.join(os.userInfo().homedir, ".cache/huggingface/hub");
    expect(hubEnvironment({}).cacheRoot).toBe(expected);
    expect(hubEnvironment({ HOME: "" }).cacheRoot).toBe(expected);
  });

  it("refuses the home of another user", () => {
    expect(() => environment({ HF_HOME: "~nobody/x" })).toThrow(
      /HF_HOME=~nobody\/x: expected a folder.*another user/,
    );
  });
});

describe("the endpoint", () => {
  it("is the hub by default and for an empty variable, and has no slash at its end", () => {
    expect(environment({}).endpoint).toBe("https://huggingface.co");
    expect(environment({ HF_ENDPOINT: "" }).endpoint).toBe("https://huggingface.co");
    expect(environment({ HF_ENDPOINT: " https://m.example/hf// " }).endpoint).toBe("https://m.example/hf");
  });

  it.each([
    "hf-mirror.com",
    "localhost:8080",
    "//m.example",
    "ftp://m.example",
    "https://",
    "https://m.example/?a=b",
  ])("%s is refused with what is expected", (value) => {
    expect(() => environment({ HF_ENDPOINT: value })).toThrow(
      /^HF_ENDPOINT.*expected an address such as https:/,
    );
  });

  it.each(["https://me:secret@m.example", "me:secret@m.example", "ftp://me:secret@m.example"])(
    "never quotes a password: %s",
    (value) => {
      expect(() => environment({ HF_ENDPOINT: value })).toThrow(/^(?!.*secret).*password/);
    },
  );
});

describe("the token", () => {
  const token = (variables: Record<string, string>) => environment(variables).token;

  it("comes from HF_TOKEN, then HUGGING_FACE_HUB_TOKEN, then the file", () => {
    const file = path.join(home, "token-file");
    writeFileSync(file, " hf_file\r\n");
    const all = { HF_TOKEN: "hf_new\n", HUGGING_FACE_HUB_TOKEN: "hf_old", HF_TOKEN_PATH: file };
    expect(token(all)).toBe("hf_new");
    expect(token({ ...all, HF_TOKEN: "" })).toBe("hf_old");
    expect(token({ ...all, HF_TOKEN: " ", HUGGING_FACE_HUB_TOKEN: "" })).toBe("hf_file");
    expect(token({ HF_TOKEN_PATH: "~/token-file" })).toBe("hf_file");
    expect(environment({ HUGGING_FACE_HUB_TOKEN: "x" }).tokenSource).toBe(
      "the variable HUGGING_FACE_HUB_TOKEN",
    );
  });

  it("comes from the file of `hf auth login` in HF_HOME", () => {
    mkdirSync(path.join(home, "hf"));
    writeFileSync(path.join(home, "hf", "token"), "hf_login");
    expect(token({ HF_HOME: "~/hf" })).toBe("hf_login");
    expect(token({ HF_HOME: "~/hf", HF_TOKEN_PATH: "" })).toBe("hf_login");
  });

  it("is not sent with HF_HUB_DISABLE_IMPLICIT_TOKEN", () => {
    const variables = { HF_TOKEN: "hf_x", HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" };
    expect(environment(variables)).toMatchObject({
      token: undefined,
      tokenSource: expect.stringContaining("HF_HUB_DISABLE_IMPLICIT_TOKEN"),
    });
  });

  it("is refused without being quoted when it is no token", () => {
    expect(() => token({ HF_TOKEN: "hf_a b" })).toThrow(/^the variable HF_TOKEN holds no token(?!.*hf_a)/);
    expect(() => token({ HF_TOKEN: "hf_ä" })).toThrow(/holds no token/);
    // An env file of a container keeps quotation marks.
    expect(() => token({ HF_TOKEN: '"hf_a"' })).toThrow(/holds no token.*without quotation marks(?!.*hf_a)/);
  });

  it("is absent, with the reason, when its file cannot be read", () => {
    const file = path.join(home, "token");
    mkdirSync(file);
    chmodSync(file, 0);
    expect(environment({ HF_TOKEN_PATH: file })).toMatchObject({
      token: undefined,
      tokenSource: expect.stringMatching(/no token.*cannot be read: (it is a folder|permission denied)/),
    });
  });
});

describe("switches and numbers", () => {
  it.each([
    [{ HF_HUB_OFFLINE: "1" }, "HF_HUB_OFFLINE"],
    [{ HF_HUB_OFFLINE: "Yes" }, "HF_HUB_OFFLINE"],
    [{ TRANSFORMERS_OFFLINE: "1" }, "TRANSFORMERS_OFFLINE"],
    [{ HF_HUB_OFFLINE: "", TRANSFORMERS_OFFLINE: "true" }, "TRANSFORMERS_OFFLINE"],
    // As in Python, the second variable counts only where the first is not set.
    [{ HF_HUB_OFFLINE: "0", TRANSFORMERS_OFFLINE: "1" }, undefined],
    [{ HF_HUB_OFFLINE: "off" }, undefined],
    [{}, undefined],
  ] as const)("%j: offline by %s", (variables, expected) => {
    expect(environment(variables).offlineBy).toBe(expected);
  });

  it.each(["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_IMPLICIT_TOKEN"])(
    "a misspelt %s never goes online or sends a token",
    (name) => {
      expect(() => environment({ [name]: "ture" })).toThrow(`${name}=ture: expected 1 or 0`);
    },
  );

  it("reads the timeouts in seconds", () => {
    const { apiTimeout, downloadTimeout } = environment({
      HF_HUB_ETAG_TIMEOUT: "3",
      HF_HUB_DOWNLOAD_TIMEOUT: "0",
    });
    expect([apiTimeout, downloadTimeout]).toEqual([3, 10]);
    expect(() => environment({ HF_HUB_ETAG_TIMEOUT: "5s" })).toThrow(
      /HF_HUB_ETAG_TIMEOUT=5s: expected a whole number/,
    );
  });
});
