// Runs commands one after the other in one process, which saves the start of each. Its parent sends the arguments and gets how
// the command ended.
import { runProgram } from "../dist/cli/program.js";

const LONGEST = 200_000;
let output = { stdout: "", stderr: "" };

for (const name of ["stdout", "stderr"]) {
  process[name].write = (text, encoding, done) => {
    output[name] = (output[name] + text).slice(-LONGEST);
    const callback = typeof encoding === "function" ? encoding : done;
    if (callback) queueMicrotask(callback);
    return true;
  };
}

process.on("message", async (args) => {
  output = { stdout: "", stderr: "" };
  const code = await runProgram(args, "0.0.0").catch((error) => {
    output.stderr += String(error?.stack);
    return null;
  });
  process.exitCode = undefined;
  process.send({ ...output, code, signal: null });
});

// Without its parent, nobody reads the results.
process.on("disconnect", () => process.exit());
