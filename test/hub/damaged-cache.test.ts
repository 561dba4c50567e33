// Caches that were cut off, may not be read or written, or lie on a file system without symbolic links.
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ResolveOptions, resolveModel } from "../../lib/hub/snapshot.ts";
import { temporaryFolder } from "../temporary.ts";
import { COMMIT, FakeHub, resolveFrom } from "./fake-hub.ts";

/** Errors in place of the calls of these names, once each is set. */
const faults = vi.hoisted(() => ({ symlink: "", copyFile: "" }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const fail = (code: string): Promise<never> =>
    Promise.reject(Object.assign(new Error(`${code}: raw`), { code }));
  return {
    ...real,
    symlink: (...args: Parameters<typeof real.symlink>) =>
      faults.symlink === "" ? real.symlink(...args) : fail(faults.symlink),
    copyFile: async (from: string, to: string) => {
      if (faults.copyFile === "") return real.copyFile(from, to);
      // A copy that ends in the middle has written a part.
      writeFileSync(to, readFileSync(from).subarray(0, 7));
      return fail(faults.copyFile);
    },
  };
});

const weights = Buffer.alloc(40_000, "weights ");
let hub: FakeHub;
let home: string;
let repository: string;
let snapshot: string;
let notices: string[];

const resolve = (options: ResolveOptions = {}, variables: Record<string, string> = {}) =>
  resolveFrom(hub, home, variables, { onNotice: (message) => notices.push(message), ...options });
const fill = (): void => {
  mkdirSync(snapshot, { recursive: true });
  for (const [name, bytes] of hub.files) writeFileSync(path.join(snapshot, name), bytes);
};
const loaded = (): string[] =>
  hub.requests.filter(({ url }) => url.includes("/resolve/")).map(({ url }) => path.basename(url));

beforeEach(async () => {
  home = temporaryFolder();
  repository = path.join(home, "hub/models--org--model");
  snapshot = path.join(repository, "snapshots", COMMIT);
  notices = [];
  hub = new FakeHub();
  hub.addModel(weights);
  await hub.start();
});

afterEach(() => {
  Object.assign(faults, { symlink: "", copyFile: "" });
  return hub.stop();
});

describe("a file of the cache that was cut off", () => {
  it("is downloaded again and named, as a file and as a link", async () => {
    fill();
    const file = path.join(snapshot, "model.safetensors");
    writeFileSync(file, weights.subarray(0, 300));
    await resolve();
    expect(readFileSync(file).equals(weights)).toBe(true);
    expect(loaded()).toEqual(["model.safetensors"]);
    expect(notices).toEqual([`${file} has 300 bytes and not the 40000 of the hub; it is downloaded again`]);
    // Now it is a link, and the content behind it is cut off.
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    writeFileSync(file, weights.subarray(0, 200));
    await resolve();
    expect(readFileSync(file).equals(weights)).toBe(true);
    expect(loaded()).toHaveLength(2);
  });
});

describe("a cache that cannot keep the commit of a branch", () => {
  const blocks: readonly (readonly [string, () => void])[] = [
    ["a file in place of the folder", () => writeFileSync(path.join(repository, "refs"), "")],
    // As Python leaves them for a branch "main/x".
    ["a folder of longer names", () => mkdirSync(path.join(repository, "refs/main/x"), { recursive: true })],
  ];

  it.each(blocks)("gives the model that it has whole, and says so: %s", async (_, block) => {
    fill();
    block();
    expect(await resolve()).toBe(snapshot);
    expect(loaded()).toEqual([]);
    expect(notices).toEqual([
      expect.stringMatching(/^the cache cannot keep that "main" of org\/model is 0123.*offline/),
    ]);
  });
});

describe("a cache that has an older commit and cannot store the newer one", () => {
  it("is named with the way to use the older one", async () => {
    fill();
    mkdirSync(path.join(repository, "refs"));
    writeFileSync(path.join(repository, "refs/main"), COMMIT);
    writeFileSync(path.join(repository, "blobs"), "in the way");
    const body = JSON.stringify({ sha: "f".repeat(40) });
    hub.scripted.push({ match: /revision/, body });
    await expect(resolve()).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringMatching(
        /cannot be written: .*complete copy of org\/model, which HF_HUB_OFFLINE=1 uses$/,
      ),
    });
  });
});

describe("a file system without symbolic links", () => {
  it.each(["EPERM", "ENOTSUP", "EROFS", "EPROTO", "EACCES", "EINVAL"])(
    "that says %s gets copies",
    async (code) => {
      faults.symlink = code;
      await resolve();
      const file = path.join(snapshot, "model.safetensors");
      expect(lstatSync(file).isFile()).toBe(true);
      expect(readFileSync(file).equals(weights)).toBe(true);
    },
  );

  it("never shows half of a copy", async () => {
    Object.assign(faults, { symlink: "EPERM", copyFile: "ENOSPC" });
    await expect(resolve()).rejects.toMatchObject({
      code: "ERR_IO",
      message: expect.stringMatching(/no space/),
    });
    expect(readdirSync(snapshot)).toEqual([]);
    faults.copyFile = "";
    await resolve();
    expect(readFileSync(path.join(snapshot, "model.safetensors")).equals(weights)).toBe(true);
  });
});

describe("what may not be read is not absent", () => {
  // A circle of links cannot be read by root either.
  const circle = (place: string): string => {
    mkdirSync(path.dirname(place), { recursive: true });
    symlinkSync(place, place);
    return place;
  };

  it("a local folder is named, and not looked for on the hub", async () => {
    const folder = path.join(circle(path.join(home, "loop")), "model");
    await expect(resolveModel(folder)).rejects.toMatchObject({
      code: "ERR_MODEL",
      message: expect.stringMatching(/loop\/model: its symbolic links form a loop/),
    });
  });

  it.each(["refs/main", "refs", `snapshots/${COMMIT}`])(
    "the cache is named with its remedy: %s",
    async (place) => {
      if (place.startsWith("snapshots")) {
        mkdirSync(path.join(repository, "refs"), { recursive: true });
        writeFileSync(path.join(repository, "refs/main"), COMMIT);
      }
      circle(path.join(repository, place));
      await expect(resolve({}, { HF_HUB_OFFLINE: "1" })).rejects.toMatchObject({
        code: "ERR_CONFIG",
        message: expect.stringMatching(/the model cache .* cannot be read: .*loop.*set HF_HOME/),
      });
      rmSync(path.join(repository, place));
      await expect(resolve({}, { HF_HUB_OFFLINE: "1" })).rejects.toThrow(/is not in the cache/);
    },
  );
});
