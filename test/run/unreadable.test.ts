// Files that are there but may not be reached. A circle of links is closed to root, too.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../lib/log.ts";
import { checkModelFolder } from "../../lib/model/folder.ts";
import { readTraining } from "../../lib/report/read-run.ts";
import { holdsRun, infoFile, listCheckpoints, locateCheckpoint } from "../../lib/run/folder.ts";
import { loadSpaces } from "../../lib/spaces/load.ts";
import { findOfficialFiles } from "../../lib/spaces/readers/official.ts";
import { loadLists } from "../../lib/taaco/lists/load.ts";
import { temporaryFolder } from "../temporary.ts";

/** User without rights. Root may list every folder. */
const NOBODY = 65_534;

/** Runs a test as a user who is not root. */
function asOther(work: () => void): void {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

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

  it.skipIf(process.platform === "win32")("in a folder that may be entered but not listed", async () => {
    const place = path.join(folder, "entered");
    mkdirSync(path.join(place, "checkpoint-step-1"), { recursive: true });
    // The folder of the test lies in one that only its owner may enter.
    for (let above = folder; /dialogue|dppo/.test(path.basename(above)); above = path.dirname(above))
      chmodSync(above, 0o711);
    chmodSync(place, 0o311);
    const message = /entered: permission denied; expected the folder of a run that this user can list$/;
    asOther(() => {
      for (const open of [listCheckpoints, locateCheckpoint, holdsRun])
        expect(() => open(place)).toThrow(message);
      expect(() => checkModelFolder(place)).toThrow(/entered: permission denied; expected a folder$/);
      expect(() => findOfficialFiles(place)).toThrow(/entered: permission denied; expected a folder that/);
    });
    chmodSync(place, 0o755);
  });

  it("as a file in place of a run's folder", () => {
    const place = path.join(folder, "file");
    writeFileSync(place, "");
    expect(() => listCheckpoints(place)).toThrow(/file: it is a file; expected a folder$/);
  });
});
