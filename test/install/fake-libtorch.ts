import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Properties of a fake torch installation. */
export interface FakeTorch {
  /** Version in the headers, such as "2.13.0". */
  readonly headers: string;
  /** Version in version.py. Without it, the folder is like an unpacked archive. */
  readonly stated?: string;
  readonly cuda?: boolean;
  /** Whether lib/ is empty. */
  readonly withoutLibraries?: boolean;
}

function put(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/**
 * Makes a folder that looks like a torch installation, with headers, a version file and empty libraries. Returns its
 * path.
 */
export function fakeTorch(folder: string, torch: FakeTorch): string {
  const [major, minor, patch] = torch.headers.split(".");
  put(
    path.join(folder, "include/torch/csrc/api/include/torch/version.h"),
    `#define TORCH_VERSION_MAJOR ${major}\n#define TORCH_VERSION_MINOR ${minor}\n#define TORCH_VERSION_PATCH ${patch}\n`,
  );
  if (torch.stated !== undefined) put(path.join(folder, "version.py"), `__version__ = '${torch.stated}'\n`);
  mkdirSync(path.join(folder, "lib"), { recursive: true });
  if (torch.withoutLibraries) return folder;
  put(path.join(folder, "lib", process.platform === "darwin" ? "libtorch_cpu.dylib" : "libtorch_cpu.so"), "");
  if (torch.cuda) put(path.join(folder, "lib/libtorch_cuda.so"), "");
  return folder;
}

/**
 * Makes a program python3 that prints the folder of its torch. Returns its path.
 *
 * @param answer folder of torch, or an empty string if there is none
 */
export function fakePython(folder: string, answer: string): string {
  const file = path.join(folder, "python3");
  put(file, `#!/bin/sh\necho "${answer}"\n`);
  chmodSync(file, 0o755);
  return file;
}
