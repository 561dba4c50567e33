import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const program = path.resolve(import.meta.dirname, "../../dist/cli/main.js");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-completion-"));
  const command = path.join(folder, "dialogue-ppo");
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(command, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Completes words of a command line; the last is the one under the cursor. */
const COMPLETE: Readonly<Record<string, (words: readonly string[]) => string>> = {
  bash: (words) =>
    `source <(dialogue-ppo completion bash); COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); ` +
    `COMP_CWORD=${words.length - 1}; _dialogue_ppo; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (words) =>
    `compdef() { }; _describe() { print -l -- "\${(@P)2}" }; source <(dialogue-ppo completion zsh); ` +
    `words=(${words.map((word) => `'${word}'`).join(" ")}); CURRENT=${words.length}; _dialogue_ppo`,
  fish: (words) => `source (dialogue-ppo completion fish | psub); complete -C "${words.join(" ")}"`,
};

describe("completion", () => {
  for (const [shell, script] of Object.entries(COMPLETE)) {
    it(`completes commands, actions and options in ${shell}`, (context) => {
      if (spawnSync(shell, ["-c", "true"]).status !== 0) return context.skip(`${shell} is not installed`);
      const complete = (...words: string[]): string[] => {
        const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env.PATH}`, HOME: folder };
        const args = shell === "zsh" ? ["-f", "-c"] : ["-c"];
        const result = spawnSync(shell, [...args, script(words)], { encoding: "utf8", env, timeout: 60_000 });
        expect(result.stderr).toBe("");
        // zsh and fish show a description after the word.
        return result.stdout.split("\n").map((line) => line.split(/[:\t]/)[0] ?? "");
      };
      expect(complete("dialogue-ppo", "eval")).toContain("evaluate");
      expect(complete("dialogue-ppo", "train", "--learn")).toContain("--learning-rate");
      expect(complete("dialogue-ppo", "spaces", "")).toEqual(expect.arrayContaining(["build", "info"]));
      expect(complete("dialogue-ppo", "train", "--score-preset", "o")).toEqual(["original", ""]);
      expect(complete("dialogue-ppo", "score", "--index-mode", "f")).toEqual(["faithful", ""]);
      expect(complete("dialogue-ppo", "steps", "--preset", "")).toContain("starter");
      expect(complete("dialogue-ppo", "report", "--")).not.toContain("--learning-rate");
    }, 120_000);
  }
});
