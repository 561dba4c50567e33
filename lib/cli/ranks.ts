import { setTimeout as sleep } from "node:timers/promises";
import type { Group } from "../group/group.ts";

/** Milliseconds that the first process of a machine has to say why the processes cannot work together. */
const TIME_TO_SAY = 3000;

function silence(): void {
  for (const stream of [process.stdout, process.stderr]) stream.write = () => true;
}

/** Waits until the first process has had its time, or until the launcher ends this one. */
async function letFirstSpeak(): Promise<void> {
  const waiting = new AbortController();
  process.once("SIGTERM", () => waiting.abort());
  await sleep(TIME_TO_SAY, undefined, { signal: waiting.signal }).catch(() => {});
}

/**
 * Joins the processes of a launcher. If that fails, it does so in all processes of a machine for the same reason, and
 * only the first of them prints it. The others end later, because launchers end all processes when one has failed.
 */
async function joinOthers(): Promise<Group> {
  // Help and completion must not wait for what loads the addon.
  const { openGroup } = await import("../group/group.ts");
  const { isFirstOnMachine } = await import("../group/launch.ts");
  try {
    return openGroup();
  } catch (error) {
    if (!isFirstOnMachine(process.env)) {
      silence();
      await letFirstSpeak();
    }
    throw error;
  }
}

/**
 * Returns the handler of a command whose work is shared by the processes that a launcher started. Only the first of
 * them prints, also the error that ends them all.
 */
export const sharedByRanks =
  <Arguments>(handler: (args: Arguments) => Promise<void>) =>
  async (args: Arguments): Promise<void> => {
    const group = await joinOthers();
    if (!group.isFirst) silence();
    await group.together(() => handler(args));
  };
