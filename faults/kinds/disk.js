// Disks that are full or read-only. A small tmpfs stands for them, because root may write into any folder.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { complaint, run } from "../program.js";
import { pretrainArguments, trainArguments } from "../project.js";
import { otherPart } from "../results.js";
import { Tally } from "../tally.js";

function mount(folder, options, ...more) {
  const result = spawnSync("mount", [...more, "-o", options, "tmpfs", folder], {
    encoding: "utf8",
    timeout: 10_000,
  });
  if (result.status === 0) return;
  throw new Error(
    `a tmpfs cannot be mounted, which needs root: ${(result.stderr ?? result.error.message).trim()}`,
  );
}

/** Calls `work` with a folder on a disk of its own. */
async function withDisk(context, bytes, work) {
  const folder = context.folder("disk", true);
  mount(folder, `size=${Math.ceil(bytes / 4096) * 4096}`, "-t", "tmpfs");
  try {
    return await work(folder);
  } finally {
    spawnSync("umount", ["-l", folder], { timeout: 10_000 });
    context.clean(folder);
  }
}

const sizeOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);

/** Trains on a disk that becomes full, enlarges it, resumes and compares. */
const trainOnSmallDisk = (context, bytes, more) =>
  withDisk(context, bytes, async (disk) => {
    const folder = path.join(disk, "run");
    const first = await run(trainArguments(context.project, folder, { more }));
    const wrong = complaint(first, [0, 1]);
    const isNamed = first.code === 0 || /no space (is )?left/i.test(first.stderr);
    mount(disk, "remount,size=64m");
    const resumed = trainArguments(context.project, folder, { more: [...more, "--resume", "auto"] });
    const last = first.code === 0 ? first : await run(resumed);
    const other = otherPart(context, folder, "after the resume");
    return (
      wrong ??
      (isNamed ? undefined : `the reason is not named: ${first.stderr.slice(-200)}`) ??
      complaint(last, [0]) ??
      other
    );
  });

/** Returns commands that write one file or folder. */
const writers = ({ project, straight }, target) => ({
  pretrain: pretrainArguments(project, path.join(target, "model")),
  score: ["score", "--data", project.data, "--output", path.join(target, "rows.csv"), "--workers", "0"],
  evaluate: ["evaluate", "--run", straight, "--samples-per-prompt", "1", "--output", path.join(target, "e")],
  report: ["report", straight, "--output", path.join(target, "report.html")],
  calibrate: ["calibrate", "--data", project.data, "--output", path.join(target, "calibration.json")],
  spaces: [
    "spaces",
    "build",
    "--data",
    project.data,
    "--dimensions",
    "8",
    "--output",
    path.join(target, "s"),
  ],
});

/** Runs a command that must fail, and checks that it leaves nothing half. */
async function refused(context, command, disk, code) {
  const outcome = await run(writers(context, disk)[command]);
  const left = readdirSync(disk, { recursive: true }).filter((name) => name !== "filled");
  const half = left.find((name) => /partial/.test(name));
  const wrong = complaint(outcome, [code]);
  return (
    wrong ?? (half && `left ${half}`) ?? (code === 2 && left.length > 0 ? `wrote ${left[0]}` : undefined)
  );
}

export const disk = {
  name: "disk",
  title: "Full and read-only disks",
  promise:
    "A full disk ends a command with one line; a run can then be resumed to the same result. A read-only folder is refused, and commands work without a cache that cannot be written.",
  async run(context) {
    const tally = new Tally(context.say);
    const need = sizeOf(context.straight);
    await context.each(Array.from({ length: context.tries(20) }), async (_, random) => {
      const share = 0.05 + 0.9 * random();
      const more = random() < 0.5 ? [] : ["--no-tensorboard"];
      tally.add(
        `train, ${Math.round(100 * share)} % of its space`,
        await trainOnSmallDisk(context, need * share, more),
      );
    });
    await context.each(Object.keys(writers(context, "")), async (command) => {
      const onFull = (folder) => {
        writeFileSync(path.join(folder, "filled"), Buffer.alloc(4096));
        return refused(context, command, folder, 1);
      };
      tally.add(`${command} on a full disk`, await withDisk(context, 8192, onFull));
      const onReadOnly = (folder) => {
        mount(folder, "remount,ro");
        return refused(context, command, folder, 2);
      };
      tally.add(`${command} on a read-only disk`, await withDisk(context, 8192, onReadOnly));
    });
    for (const option of ["remount,ro", "remount,size=4k"]) {
      const withoutCache = async (folder) => {
        mkdirSync(path.join(folder, "a"));
        mount(folder, option);
        const output = context.folder("disk");
        const outcome = await run(trainArguments(context.project, output), {
          env: { XDG_CACHE_HOME: folder },
        });
        const other = otherPart(context, output);
        return complaint(outcome, [0]) ?? other;
      };
      tally.add(`train, cache on ${option}`, await withDisk(context, 65_536, withoutCache));
    }
    if (existsSync("/dev/full")) tally.add("score to a full standard output", await toFullOutput(context));
    return tally.result("each failure was one line; every run was resumed to the same result");
  },
};

/** Writes rows to a standard output that is full. */
async function toFullOutput({ project, folder }) {
  const line = `"${process.execPath}" "${path.resolve("dist/cli/main.js")}" score --data "${project.data}" --workers 0 > /dev/full 2> "${folder("full")}.txt"`;
  const { status, signal } = spawnSync("sh", ["-c", line], { timeout: 60_000 });
  return status === 1 || status === 2 ? undefined : `exit code ${status ?? signal}`;
}
