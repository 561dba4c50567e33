import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runScore } from "../../lib/cli/score/run.ts";
import { splitOptions } from "../../lib/options/check.ts";
import { SCORE_OPTIONS } from "../../lib/options/tables/score.ts";
import { temporaryFolder } from "../temporary.ts";

afterEach(() => void vi.restoreAllMocks());

const sentence = ["the", "dog", "saw", "the", "cat"].map((word) => [word, word, "NN", "CN"]);
const annotated = JSON.stringify({ paragraphs: [[sentence, sentence], [sentence]] });

/** Explains three annotated texts and collects what it prints. */
async function explain(index: string, signal: AbortSignal, printed: string[]): Promise<void> {
  const data = path.join(temporaryFolder(), "texts.jsonl");
  writeFileSync(data, `${annotated}\n`.repeat(3));
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  await runScore({ ...splitOptions(SCORE_OPTIONS, { data, explain: index }).own, files: [] }, true, signal);
}

describe("an abort of score --explain", () => {
  for (const index of ["lemma_ttr", "composite"]) {
    it(`ends the explanation of annotated texts: ${index}`, async () => {
      const whole: string[] = [];
      await explain(index, new AbortController().signal, whole);
      expect(whole).toHaveLength(4);
      vi.restoreAllMocks();
      const printed: string[] = [];
      await expect(explain(index, AbortSignal.abort(), printed)).rejects.toMatchObject({
        code: "ERR_ABORTED",
      });
      expect(printed).toEqual([]);
    });
  }
});
