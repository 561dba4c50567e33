#!/usr/bin/env node
import { fileErrorReason } from "../file-error.ts";
import { endOnWarnings } from "./interrupt.ts";
import { tolerateOutputErrors } from "./output.ts";

endOnWarnings();
tolerateOutputErrors();
try {
  // The program is imported only now, because signals that come while it loads must already be handled.
  const { runProgram } = await import("./program.ts");
  const { packageVersion } = await import("../package.ts");
  process.exitCode = await runProgram(process.argv.slice(2), packageVersion());
} catch (error) {
  // A limit of open files or of memory can be reached while the files of the program are read.
  process.stderr.write(`dialogue-ppo: the program cannot be loaded: ${fileErrorReason(error)}\n`);
  process.exitCode = 1;
}
