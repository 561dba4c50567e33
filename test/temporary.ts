import { mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** A new empty folder; it goes with all temporary files when the test run ends. */
export const temporaryFolder = (): string => mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-"));

/** A path in a folder of its own, where nothing is yet. */
export const temporaryFile = (name: string): string => path.join(temporaryFolder(), name);

/** A function that writes a file of a folder and returns its path. */
export const writerIn =
  (folder: string) =>
  (name: string, content: string | Uint8Array): string => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return file;
  };
