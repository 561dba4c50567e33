import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { diagnose } from "../../lib/native/doctor.ts";
import { loadAddon, packageRoot } from "../../lib/native/loader.ts";
import { readStamp } from "../../native/tools/stamp.js";
import { runCli } from "../cli/run-cli.ts";

describe("with the addon of this checkout", () => {
  it("doctor says that it loads, and what it was built with", async () => {
    const { addon, devices, threads, node } = await diagnose();
    expect(addon).toMatchObject({ built: true, loads: true });
    expect(devices).toEqual(loadAddon().devices());
    expect(devices[0]).toBe("cpu");
    expect(threads).toBeGreaterThan(0);
    expect(node).toBe(process.versions.node);
  });

  it("the addon's own libtorch is that of the stamp", () => {
    const { version } = readStamp(packageRoot) ?? {};
    expect(version?.split("+")[0]).toBe(loadAddon().versions().libtorch.split("+")[0]);
  });

  it("the command prints the same for a person, and exits with 0", async () => {
    const { code, stdout } = await runCli("doctor");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^addon {6}built and loads: /);
    expect(stdout).toMatch(/^devices {4}cpu/m);
  });

  it("under --json the result is one line", async () => {
    const { code, stdout, last } = await runCli("doctor", "--json");
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(last).toMatchObject({ type: "result", addon: { loads: true } });
  });
});

describe("the binding.gyp shim", () => {
  it("is what makes npm take our install step for a native package, and builds with our tool", () => {
    const text = readFileSync(path.join(packageRoot, "binding.gyp"), "utf8");
    expect(JSON.parse(text).targets[0]).toMatchObject({
      type: "none",
      actions: [{ action: ["node", "native/tools/build.js"], outputs: ["build/stamp.json"] }],
    });
  });
});
