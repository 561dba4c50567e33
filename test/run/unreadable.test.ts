// Files that are there but may not be reached. A circle of links is closed to root, too.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../lib/log.ts";
import { readTraining } from "../../lib/report/read-run.ts";
import { infoFile, listCheckpoints, locateCheckpoint } from "../../lib/run/folder.ts";
import { loadSpaces } from "../../lib/spaces/load.ts";
import { loadLists } from "../../lib/taaco/lists/load.ts";
import { temporaryFolder } from "../temporary.ts";

let folder: string;

const circle = (place: string): string => {
  symlinkSync(place, place);
  return place;
};

beforeEach(() => {
  folder = temporaryFolder();
});

describe("what may not be reached is not said to be absent", () => {
  it("in place of a run or below it", () => {
    const run = path.join(circle(path.join(folder, "loop")), "run");
    expect(() => locateCheckpoint(run)).toThrow(
      /loop\/run: its symbolic links form a loop; expected a run folder/,
    );
    expect(() => readTraining(run, silentLogger)).toThrow(/loop\/run\/.*: its symbolic links form a loop/);
    expect(() => locateCheckpoint(path.join(folder, "none"))).toThrow(/none does not exist/);
  });

  it("in a checkpoint, which is not left out for an older one", () => {
    const info = (step: number): string => {
      const checkpoint = path.join(folder, `checkpoint-step-${step}`);
      mkdirSync(checkpoint);
      return infoFile(checkpoint);
    };
    writeFileSync(info(1), "{}");
    circle(info(2));
    expect(() => listCheckpoints(folder)).toThrow(/checkpoint-step-2\/.*: its symbolic links form a loop/);
  });

  it("as spaces and as word lists", async () => {
    const place = path.join(circle(path.join(folder, "loop")), "x");
    await expect(loadSpaces(place)).rejects.toThrow(
      /loop\/x: its symbolic links form a loop; expected a folder of/,
    );
    expect(() => loadLists({ officialDirectory: place })).toThrow(/loop\/x: its symbolic links form a loop/);
  });
});
