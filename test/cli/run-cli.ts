import { vi } from "vitest";
import { runProgram } from "../../lib/cli/program.ts";

export interface CliOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of stdout, when it is JSON. */
  readonly last: Record<string, unknown> | undefined;
}

/** Runs the command line in this process and catches what it prints. */
export async function runCli(...args: string[]): Promise<CliOutcome> {
  const caught = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      caught[name] += String(text);
      return true;
    }),
  );
  try {
    const code = await runProgram(args, "0.0.0");
    const line = caught.stdout.trimEnd().split("\n").at(-1) ?? "";
    return { code, ...caught, last: line.startsWith("{") ? JSON.parse(line) : undefined };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}
