// Removes dist/ before the package is packed, so that it holds no output of deleted sources. npm's prepare step compiles again.
import { rmSync } from "node:fs";
import path from "node:path";

rmSync(path.resolve(import.meta.dirname, "../dist"), { recursive: true, force: true });
