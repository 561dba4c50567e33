import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** A new empty folder; it goes with all temporary files when the test run ends. */
export const temporaryFolder = (): string => mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-"));

/** A path in a folder of its own, where nothing is yet. */
export const temporaryFile = (name: string): string => path.join(temporaryFolder(), name);
