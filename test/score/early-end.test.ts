import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { starterDialogues } from "../../lib/package.ts";
import { score } from "../../lib/score/score.ts";
import { temporaryFolder } from "../temporary.ts";

const root = path.resolve(import.meta.dirname, "../..");

describe("a loop over score that ends early", () => {
  it("leaves neither a file nor the folders that were created for it", async () => {
    const folder = temporaryFolder();
    const output = path.join(folder, "new", "rows.csv");
    const tagged = path.join(folder, "new", "tagged", "texts.jsonl");
    for await (const { id } of score({ data: starterDialogues, output, tagged, workers: 0 })) {
      expect(id).not.toBe("");
      break;
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it("ends the worker threads, so that the program ends", () => {
    // Workers run compiled code, so the program imports dist/.
    const program = `
      import { score } from "./dist/index.js";
      for await (const { composite } of score({ data: ${JSON.stringify(starterDialogues)}, workers: 1 })) {
        console.log(composite > 0);
        break;
      }`;
    const args = ["--input-type=module", "--eval", program];
    const result = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", timeout: 50_000 });
    expect(result).toMatchObject({ status: 0, signal: null, stdout: "true\n", stderr: "" });
  });
});
