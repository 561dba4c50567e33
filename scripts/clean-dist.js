// Before packing: what was compiled from sources that are gone must not be shipped. npm's prepare compiles afresh.
import { rmSync } from "node:fs";
import path from "node:path";

rmSync(path.resolve(import.meta.dirname, "../dist"), { recursive: true, force: true });
