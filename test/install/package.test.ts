import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { addonFile, buildStamp, stampFile } from "../../native/tools/stamp.js";
import { fakeTorch } from "./fake-libtorch.ts";
import { type Installed, installPacked, runInstalled, runModule } from "./packed.ts";

const root = path.resolve(import.meta.dirname, "../..");

let user: Installed;

beforeAll(() => {
  user = installPacked();
}, 180_000);

afterAll(() => rmSync(user.folder, { recursive: true, force: true }));

const lastLine = (text: string): Record<string, unknown> =>
  JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");

describe("the package", () => {
  it("contains each file that a build needs", () => {
    const needed = [
      "CMakeLists.txt",
      "binding.gyp",
      ...["core", "binding", "cmake", "tools"].flatMap((folder) =>
        readdirSync(path.join(root, "native", folder), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name))),
      ),
    ];
    expect(needed.length).toBeGreaterThan(80);
    expect(needed.filter((file) => !user.files.includes(file))).toEqual([]);
  });

  it("contains the program, types, word lists, starter set, licence and changelog", () => {
    const expected = [
      "dist/cli/main.js",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/taaco/pool/worker.js",
      "data/starter/dialogues.csv",
      "data/starter/hand-written.csv",
      ...["child", "teacher"].flatMap((who) =>
        ["config.json", "model.safetensors", "tokenizer.json"].map((file) => `data/starter/${who}/${file}`),
      ),
      "data/starter/spaces/spaces.json",
      "data/starter/calibration.json",
      "data/lists/demonstratives.txt",
      "LICENSE",
      "CHANGELOG.md",
    ];
    expect(expected.filter((file) => !user.files.includes(file))).toEqual([]);
    const lists = readdirSync(path.join(root, "data/lists"), { recursive: true, withFileTypes: true });
    const shipped = user.files.filter((file) => file.startsWith("data/lists/"));
    expect(shipped).toHaveLength(lists.filter((entry) => entry.isFile()).length);
  });

  it("contains the pages and examples without the generated reference", () => {
    const pages = ["README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "SECURITY.md"];
    const below = ["docs", "examples"].flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
        .filter((file) => !file.startsWith("docs/api/")),
    );
    expect(below.length).toBeGreaterThan(15);
    expect([...pages, ...below].filter((file) => !user.files.includes(file))).toEqual([]);
  });

  it("names the repository of the project", () => {
    const { version, repository, bugs, homepage, keywords } = JSON.parse(
      readFileSync(path.join(user.home, "package.json"), "utf8"),
    );
    const home = "https://github.com/dialogue-ppo/dialogue-ppo";
    expect({ repository, bugs, homepage }).toEqual({
      repository: { type: "git", url: `git+${home}.git` },
      bugs: { url: `${home}/issues` },
      homepage: `${home}#readme`,
    });
    expect(keywords).toContain("taaco");
    const citation = parse(readFileSync(path.join(user.home, "CITATION.cff"), "utf8"));
    expect(citation).toMatchObject({ version, "repository-code": home });
  });

  it("contains no tests, TypeScript sources, build outputs or settings", () => {
    const strange =
      /^(test|lib|bench|scripts|docs\/api\/|build|shared|\.|native\/(test|bench))|\.map$|\.test\.|\.py$|\.node$|\.log$/;
    expect(user.files.filter((file) => strange.test(file))).toEqual([]);
  });

  it("contains starter models of at most 6 MB in total", () => {
    const bytes = ["child", "teacher"]
      .flatMap((who) => readdirSync(path.join(user.home, "data/starter", who), { withFileTypes: true }))
      .map((entry) => statSync(path.join(entry.parentPath, entry.name)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(6e6);
  });

  it("contains no names of this machine", () => {
    const text = readdirSync(user.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(js|json|ts|md|txt)$/.test(entry.name))
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"));
    expect(text.length).toBeGreaterThan(100);
    expect(text.filter((file) => file.includes(root))).toEqual([]);
  });
});

describe("without the addon", () => {
  it("dialogues can be loaded and indices computed", () => {
    const { stdout, stderr, status } = runModule(
      user,
      `import { loadDialogues, Taaco } from "dialogue-ppo";
       const data = "node_modules/dialogue-ppo/data/starter/dialogues.csv";
       const { dialogues } = await loadDialogues(data);
       const taaco = await Taaco.create();
       const indices = taaco.indices("The dog ran home. The dog was happy because it was home.");
       console.log(JSON.stringify({ dialogues: dialogues.length, indices: Object.keys(indices).length,
         ttr: indices.lemma_ttr }));`,
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const { dialogues, indices, ttr } = lastLine(stdout);
    expect(dialogues).toBeGreaterThanOrEqual(300);
    expect(indices).toBe(168);
    // The lemmas are: the dog run home the dog be happy because it be home. 8 of 12 are distinct.
    expect(ttr).toBeCloseTo(8 / 12, 9);
  });

  it("a model call fails with ERR_NATIVE_MISSING and names the two commands to run", () => {
    const { stdout, status } = runModule(
      user,
      `import { LanguageModel, DialoguePpoError } from "dialogue-ppo";
       try { await LanguageModel.load("anywhere"); } catch (error) {
         console.log(JSON.stringify({ own: error instanceof DialoguePpoError, code: error.code, message: error.message }));
       }`,
    );
    expect(status).toBe(0);
    const { own, code, message } = lastLine(stdout);
    expect([own, code]).toEqual([true, "ERR_NATIVE_MISSING"]);
    expect(message).toContain("npx dialogue-ppo build");
    expect(message).toContain("npm rebuild dialogue-ppo --foreground-scripts");
  });

  it("the program prints help, its version and counts", () => {
    expect(runInstalled(user, ["--help"]).stdout).toContain("dialogue-ppo <command>");
    const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    expect(runInstalled(user, ["--version"]).stdout.trim()).toBe(version);
    const steps = runInstalled(user, ["steps", "--json"]);
    expect(steps.status).toBe(0);
    expect(lastLine(steps.stdout)).toMatchObject({ type: "result" });
  });

  it("doctor exits with 3 and names the remedy", () => {
    const { stdout, status } = runInstalled(user, ["doctor", "--json"]);
    expect(status).toBe(3);
    const result = lastLine(stdout) as { addon: object; problems: string[]; type: string };
    expect(result).toMatchObject({ type: "result", addon: { built: false, loads: false }, devices: [] });
    expect(result.problems.join("\n")).toContain("the addon is not built: npx dialogue-ppo build");
  });

  it("score measures a text with the spaces of the package", () => {
    writeFileSync(
      path.join(user.folder, "a.txt"),
      "The dog ran home. The dog was happy because it was home.",
    );
    const { stdout, stderr, status } = runInstalled(user, ["score", "a.txt", "--json"]);
    expect(status, stderr).toBe(0);
    const [row] = stdout.split("\n").map((line) => line && JSON.parse(line));
    expect(row).toMatchObject({ type: "row" });
    expect(row.indices.lemma_ttr).toBeCloseTo(8 / 12, 9);
    expect(row.indices.lsa_1_all_sent).not.toBeNull();
    expect(row.composite).toBeGreaterThan(0);
  });

  it("a command that needs the addon exits with 3, also with --json", () => {
    const { stdout, stderr, status } = runInstalled(user, ["train", "--json", "--output-dir", "run"]);
    expect(status).toBe(3);
    expect(lastLine(stdout)).toMatchObject({ type: "error", code: "ERR_NATIVE_MISSING" });
    expect(stderr).toContain("npx dialogue-ppo build");
    expect(existsSync(path.join(user.folder, "run"))).toBe(false);
  });
});

describe("building it", () => {
  const torch = (name: string): string => path.join(user.folder, name);
  /** A PATH with node and without a compiler. */
  const bare = (): string => {
    const folder = path.join(user.folder, "bare");
    mkdirSync(folder, { recursive: true });
    const node = path.join(folder, "node");
    if (!existsSync(node))
      writeFileSync(node, `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, { mode: 0o755 });
    return folder;
  };

  it("names what is missing when there is no compiler", () => {
    const LIBTORCH = fakeTorch(torch("good"), { headers: "2.13.0" });
    const { status, stderr } = spawnSync(
      process.execPath,
      [path.join(user.folder, "node_modules/.bin/dialogue-ppo"), "build"],
      { cwd: user.folder, encoding: "utf8", env: { PATH: bare(), LIBTORCH, HOME: user.folder } },
    );
    expect(stderr).toMatch(
      /cannot be built without CMake .*\(apt-get install cmake\) and a C\+\+20 compiler/,
    );
    expect(status).toBe(3);
  });

  it("refuses a mixed libtorch before it compiles anything", () => {
    const LIBTORCH = fakeTorch(torch("mixed"), { headers: "2.13.0", stated: "2.12.0" });
    const { status, stderr } = runInstalled(user, ["build"], { LIBTORCH });
    expect(stderr).toMatch(/LIBTORCH: .* is mixed: headers are 2\.13\.0, the libraries say 2\.12\.0/);
    expect(status).toBe(3);
    expect(existsSync(path.join(user.home, "build"))).toBe(false);
  });

  it("npm's install step without a compiler leaves the package usable and names the later command", () => {
    const { status, stderr } = spawnSync(process.execPath, ["native/tools/install.js"], {
      cwd: user.home,
      encoding: "utf8",
      env: { PATH: bare(), HOME: user.folder },
    });
    expect(status).toBe(0);
    expect(stderr).toMatch(/the addon is not built, it needs CMake .*; later: npx dialogue-ppo build/);
  });

  it("npm's install step can skip the addon", () => {
    const { status, stderr } = spawnSync(process.execPath, ["native/tools/install.js"], {
      cwd: user.home,
      encoding: "utf8",
      env: { ...process.env, DIALOGUE_PPO_SKIP_BUILD: "1" },
    });
    expect(status).toBe(0);
    expect(stderr).toContain("DIALOGUE_PPO_SKIP_BUILD is set, the addon is not built");
  });
});

describe("with an existing build", () => {
  let env: NodeJS.ProcessEnv;
  const build = () => lastLine(runInstalled(user, ["build", "--json"], env).stdout);

  beforeAll(() => {
    const folder = fakeTorch(path.join(user.folder, "current"), { headers: "2.13.0", stated: "2.13.0+cpu" });
    // Without a compiler in PATH, any attempt to build fails.
    env = { LIBTORCH: folder, PATH: path.join(user.folder, "bare") };
    mkdirSync(path.dirname(addonFile(user.home)), { recursive: true });
    writeFileSync(addonFile(user.home), "no library");
    const flags = [process.platform, process.arch, process.env.CXX ?? ""].join(" ");
    const stamp = buildStamp(user.home, { path: folder, version: "2.13.0+cpu" }, flags);
    writeFileSync(stampFile(user.home), JSON.stringify(stamp));
  });

  it("a current stamp needs no build", () => {
    expect(build()).toMatchObject({ type: "result", built: false, libtorch: { version: "2.13.0+cpu" } });
  });

  it("an addon that cannot be loaded is ERR_NATIVE_MISSING, and doctor reports it", () => {
    const { status, stdout } = runInstalled(user, ["doctor", "--json"], env);
    expect(status).toBe(3);
    expect(lastLine(stdout)).toMatchObject({ addon: { built: true, loads: false } });
    const result = runModule(
      user,
      `import { LanguageModel } from "dialogue-ppo";
       await LanguageModel.load("x").catch((error) => console.log(error.code, error.message));`,
    );
    expect(result.stdout).toMatch(/^ERR_NATIVE_MISSING the native addon is built but does not load/);
  });

  it("a libtorch that was updated in place is refused before it can crash", () => {
    fakeTorch(path.join(user.folder, "current"), { headers: "2.12.1", stated: "2.12.1+cpu" });
    const result = runModule(
      user,
      `import { LanguageModel } from "dialogue-ppo";
       await LanguageModel.load("x").catch((error) => console.log(error.code, error.message));`,
    );
    expect(result.stdout).toMatch(
      /^ERR_NATIVE_MISSING .*it was built with libtorch 2\.13\.0\+cpu, .*current is now 2\.12\.1\+cpu.*npx dialogue-ppo build/,
    );
  });

  it("a changed source starts a new build", () => {
    fakeTorch(path.join(user.folder, "current"), { headers: "2.13.0", stated: "2.13.0+cpu" });
    appendFileSync(path.join(user.home, "native/core/base/device.cc"), "\n// changed\n");
    expect(build()).toMatchObject({ type: "error", code: "ERR_NATIVE_MISSING" });
  });
});

// This test compiles for minutes and therefore runs only on request.
describe.skipIf(process.env.DIALOGUE_PPO_TEST_FULL_BUILD !== "1")("the real build from the package", () => {
  it("builds, loads and runs (set DIALOGUE_PPO_TEST_FULL_BUILD=1)", () => {
    rmSync(path.join(user.home, "build"), { recursive: true, force: true });
    const built = runInstalled(user, ["build", "--json"]);
    expect(built.status, built.stderr).toBe(0);
    const doctor = runInstalled(user, ["doctor", "--json"]);
    expect(doctor.status, doctor.stdout).toBe(0);
    expect(lastLine(doctor.stdout)).toMatchObject({ addon: { built: true, loads: true }, problems: [] });
  }, 1_800_000);
});
