import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { writeFully } from "../../lib/track/write-fully.ts";
import { temporaryFile } from "../temporary.ts";

vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  return { ...real, writeSync: vi.fn(real.writeSync) };
});

const { writeSync: realWrite } = await vi.importActual<typeof import("node:fs")>("node:fs");

/** Makes every write short, and fails when no bytes are left on the disk. */
function limitWrites(most: number, space = Number.POSITIVE_INFINITY): void {
  let left = space;
  vi.mocked(writeSync).mockImplementation(((descriptor, data, offset, length, position) => {
    if (left === 0) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
    const count = Math.min(most, left, length as number);
    left -= count;
    return realWrite(descriptor, data as Uint8Array, offset as number, count, position);
  }) as typeof writeSync);
}

afterEach(() => vi.mocked(writeSync).mockReset());

describe("a record of a tracker's file", () => {
  it("is whole when the system writes it in pieces", () => {
    const file = temporaryFile("events");
    const descriptor = openSync(file, "wx");
    limitWrites(3);
    writeFully(descriptor, Buffer.from("first record"), 0);
    writeFully(descriptor, Buffer.from("second"), 12);
    closeSync(descriptor);
    expect(readFileSync(file, "utf8")).toBe("first recordsecond");
  });

  it("leaves nothing behind when the disk is full within it", () => {
    const file = temporaryFile("events");
    const descriptor = openSync(file, "wx");
    limitWrites(5, 16);
    writeFully(descriptor, Buffer.from("first record"), 0);
    expect(() => writeFully(descriptor, Buffer.from("second"), 12)).toThrow(/ENOSPC/);
    closeSync(descriptor);
    expect(readFileSync(file, "utf8")).toBe("first record");
  });
});
