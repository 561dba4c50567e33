import type { CommandModule } from "yargs";
import type { Diagnosis } from "../../native/doctor.ts";
import { printJson, printResult } from "../output.ts";

/** Returns the names of the devices, and says when libtorch's CUDA finds no GPU. */
function deviceList({ addon, libtorch, devices }: Diagnosis): string {
  if (!addon.loads) return "unknown without the addon";
  const lacksGpu = libtorch?.flavour === "cuda" && devices.every((name) => name === "cpu");
  return devices.join(", ") + (lacksGpu ? " (libtorch has CUDA, but no GPU is usable)" : "");
}

function diagnosisLines(diagnosis: Diagnosis): string[] {
  const { addon, libtorch, threads, backends, node, problems } = diagnosis;
  const state = addon.loads ? "built and loads" : addon.built ? "built, does not load" : "not built";
  const missing = addon.loads
    ? "in use by the addon; none found for another build (npx dialogue-ppo build would download one)"
    : "none found";
  const library = libtorch ? `${libtorch.version} (${libtorch.flavour}) at ${libtorch.path}` : missing;
  return [
    `addon      ${state}: ${addon.path}`,
    `libtorch   ${library}`,
    `devices    ${deviceList(diagnosis)}`,
    `threads    ${threads ?? "unknown without the addon"}`,
    `processes  ${backends.join(", ") || (addon.loads ? "one only: built without MPI and NCCL" : "unknown without the addon")}`,
    `node       ${node}`,
    ...(problems.length === 0
      ? ["no problems found"]
      : ["", "problems, each with its remedy:", ...problems.map((problem) => `  ${problem}`)]),
  ];
}

/** The `doctor` command, which reports the state of the installation and how to fix problems. */
export const doctorCommand: CommandModule<object, { readonly json?: boolean | undefined }> = {
  command: "doctor",
  describe: "Show what was found (addon, libtorch, devices) and how to solve problems.",
  handler: async (args) => {
    const { diagnose } = await import("../../native/doctor.ts");
    const diagnosis = await diagnose();
    if (args.json) printJson({ type: "result", ...diagnosis });
    else printResult(`${diagnosisLines(diagnosis).join("\n")}\n`);
    if (!diagnosis.addon.loads) process.exitCode = 3;
    else if (diagnosis.problems.length > 0) process.exitCode = 1;
  },
};
