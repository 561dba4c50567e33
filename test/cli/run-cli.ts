import { vi } from "vitest";
import { runProgram } from "../../lib/cli/program.ts";

/** Result of {@link runCli}. */
export interface CliOutcome {
  /** Exit code. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Parsed last line of stdout, or undefined when it is not a JSON object. */
  readonly last: Record<string, unknown> | undefined;
}

/** Runs the command line in this process and captures its output. */
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
