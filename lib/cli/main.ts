#!/usr/bin/env node
// All files are imported in here, because a limit of open files or of memory can be reached while they are read.
try {
  const { handleSignalsOutsideCommands } = await import("./interrupt.ts");
  const { tolerateOutputErrors } = await import("./output.ts");
  handleSignalsOutsideCommands();
  tolerateOutputErrors();
  // The program is imported only now, because signals that come while it loads must already be handled.
  const { runProgram } = await import("./program.ts");
  const { packageVersion } = await import("../package.ts");
  process.exitCode = await runProgram(process.argv.slice(2), packageVersion());
} catch (error) {
  const reason = await import("../files/file-error.ts").then(
    ({ fileErrorReason }) => fileErrorReason(error),
    () => String((error as Error).message),
  );
  process.stderr.write(`dialogue-ppo: the program cannot be loaded: ${reason}\n`);
  process.exitCode = 1;
}

// Only a module can wait at its top level.
export {};
