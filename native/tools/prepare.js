// npm's prepare step in a clone: compiles lib/ to dist/. A published package contains dist/.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);

function compiler() {
  try {
    return require.resolve("typescript/bin/tsc");
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return undefined;
  }
}

if (existsSync(path.join(root, "lib", "index.ts"))) {
  const tsc = compiler();
  if (tsc === undefined) {
    console.error(
      "dialogue-ppo: TypeScript is not installed (development dependencies were left out); dist/ is not built",
    );
  } else {
    const result = spawnSync(process.execPath, [tsc, "-p", path.join(root, "tsconfig.build.json")], {
      stdio: "inherit",
    });
    process.exitCode = result.status ?? 1;
  }
}
