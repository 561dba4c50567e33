import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { describeSlowGpu, diagnose } from "../../lib/native/doctor.ts";
import { loadAddon } from "../../lib/native/loader.ts";
import { packageRoot } from "../../lib/package.ts";
import { readStamp } from "../../native/tools/stamp.js";
import { runCli } from "../cli/run-cli.ts";

describe("with the addon of this checkout", () => {
  it("doctor reports that it loads and what it was built with", async () => {
    const { addon, devices, threads, node } = await diagnose();
    expect(addon).toMatchObject({ built: true, loads: true });
    expect(devices).toEqual(loadAddon().devices());
    expect(devices[0]).toBe("cpu");
    expect(threads).toBeGreaterThan(0);
    expect(node).toBe(process.versions.node);
  });

  it("the libtorch of the addon is that of the stamp", () => {
    const { version } = readStamp(packageRoot) ?? {};
    expect(version?.split("+")[0]).toBe(loadAddon().versions().libtorch.split("+")[0]);
  });

  it("the command prints the report as text and exits with 0", async () => {
    const { code, stdout } = await runCli("doctor");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^addon {6}built and loads: /);
    expect(stdout).toMatch(/^devices {4}cpu/m);
  });

  it("--json prints the result in one line", async () => {
    const { code, stdout, last } = await runCli("doctor", "--json");
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(last).toMatchObject({ type: "result", addon: { loads: true } });
  });

  it("the command exits with 1 when there is a problem and the addon loads all the same", async () => {
    vi.stubEnv("LIBTORCH", "/nothing/here");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { code, stdout, last } = await runCli("doctor", "--json");
    expect(last).toMatchObject({ addon: { loads: true }, problems: [expect.stringContaining("LIBTORCH")] });
    expect(code, stdout).toBe(1);
  });
});

describe("a build that is slower on a GPU than it could be", () => {
  const built = { libtorch: "2.13.0", flavour: "cuda" as const, threads: 4, backends: [] };
  const problem = (cudaGraphs: boolean, gpuKernels: boolean, devices = ["cpu", "cuda:0"]) =>
    describeSlowGpu({ versions: { ...built, cudaGraphs, gpuKernels }, devices });

  it("is a problem where a GPU is", () => {
    expect(problem(false, false)).toMatch(/headers of CUDA.*build --force/);
    expect(problem(true, false)).toMatch(/NVRTC of CUDA 13.*build --force/);
  });

  it("is none without a GPU or when nothing is missing", () => {
    expect(problem(false, false, ["cpu"])).toBeUndefined();
    expect(problem(true, true)).toBeUndefined();
  });
});

describe("the binding.gyp shim", () => {
  it("makes npm run the install step of a native package, and calls the build tool of this package", () => {
    const text = readFileSync(path.join(packageRoot, "binding.gyp"), "utf8");
    expect(JSON.parse(text).targets[0]).toMatchObject({
      type: "none",
      actions: [{ action: ["node", "native/tools/build.js"], outputs: ["build/stamp.json"] }],
    });
  });
});
