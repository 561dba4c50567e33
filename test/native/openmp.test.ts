import { spawnSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const loader = pathToFileURL(path.resolve(import.meta.dirname, "../../dist/native/loader.js")).href;

/** Returns the spin count that GNU OpenMP prints when it is loaded, or undefined with another OpenMP. */
function spinCount(env: Record<string, string>): string | undefined {
  const program = `const { loadAddon } = await import(${JSON.stringify(loader)}); loadAddon().versions();`;
  const { GOMP_SPINCOUNT: _, OMP_WAIT_POLICY: __, ...inherited } = process.env;
  const result = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: { ...inherited, OMP_DISPLAY_ENV: "VERBOSE", ...env },
  });
  expect(result.status).toBe(0);
  return /GOMP_SPINCOUNT = '(\d+)'/.exec(result.stderr)?.[1];
}

describe.skipIf(spinCount({ GOMP_SPINCOUNT: "77" }) !== "77")("threads of GNU OpenMP", () => {
  it("wait actively for a short time only, so that two processes can share the cores", () => {
    expect(spinCount({})).toBe("1000");
  });

  it("wait as the user's environment variable sets", () => {
    expect(spinCount({ GOMP_SPINCOUNT: "5" })).toBe("5");
    expect(spinCount({ OMP_WAIT_POLICY: "PASSIVE" })).toBe("0");
  });
});
