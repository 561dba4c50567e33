import type { CommandModule } from "yargs";
import type { Diagnosis } from "../../native/doctor.ts";
import { printJson, printResult } from "../output.ts";

function diagnosisLines({
  addon,
  libtorch,
  devices,
  threads,
  backends,
  node,
  problems,
}: Diagnosis): string[] {
  const state = addon.loads ? "built and loads" : addon.built ? "built, does not load" : "not built";
  const library = libtorch ? `${libtorch.version} (${libtorch.flavour}) at ${libtorch.path}` : "none found";
  return [
    `addon      ${state}: ${addon.path}`,
    `libtorch   ${library}`,
    `devices    ${devices.join(", ") || "unknown without the addon"}`,
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
