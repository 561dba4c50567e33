import { expect, it } from "vitest";
import { disposeOnError } from "../../lib/dispose.ts";

/** Returns an object that records when it is freed. */
const recorder = (name: string, freed: string[]) => ({ dispose: async () => void freed.push(name) });

it("work that fails frees what it has kept, the newest first, and throws its error", async () => {
  const freed: string[] = [];
  const work = disposeOnError(async (keep) => {
    keep(recorder("child", freed));
    keep(recorder("teacher", freed));
    throw new Error("no reward");
  });
  await expect(work).rejects.toThrow("no reward");
  expect(freed).toEqual(["teacher", "child"]);
});

it("work that succeeds frees nothing", async () => {
  const freed: string[] = [];
  expect(await disposeOnError(async (keep) => typeof keep(recorder("child", freed)))).toBe("object");
  expect(freed).toEqual([]);
});
