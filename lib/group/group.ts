import { isDeepStrictEqual } from "node:util";
import { deserialize, serialize } from "node:v8";
import { abortError, DialoguePpoError, messageOf } from "../errors.ts";
import { runJob } from "../native/job.ts";
import type { NativeGroup } from "../native/types.ts";
import { ownCores, threadsFor } from "./cores.ts";
import { joinLaunch } from "./join.ts";
import { findLaunch, type Launch } from "./launch.ts";

/**
 * The processes that a launcher such as mpirun started, as one of them sees them. All run the same program with the
 * same data and call the methods below in the same order. When one fails, every call of the others throws its error, so
 * that none waits for it. A single process is a group of one, whose methods return at once.
 */
export class Group {
  /** The group of a single process. */
  static readonly alone = new Group(undefined, undefined);
  /** The native object; undefined for a single process. */
  readonly native: NativeGroup | undefined;
  /** How the process was started; undefined for a single process. */
  readonly launch: Launch | undefined;
  #isWorking = false;

  constructor(native: NativeGroup | undefined, launch: Launch | undefined) {
    this.native = native;
    this.launch = launch;
  }

  /** Number of this process, from 0. */
  get rank(): number {
    return this.launch?.rank ?? 0;
  }

  /** Number of processes. */
  get size(): number {
    return this.launch?.size ?? 1;
  }

  /** Whether this process is the one that writes files and messages. */
  get isFirst(): boolean {
    return this.rank === 0;
  }

  /** Returns the part of a list that falls to this process, and the number of items before it. */
  share<T>(items: readonly T[]): { readonly own: T[]; readonly first: number } {
    const start = (rank: number): number => Math.floor((items.length * rank) / this.size);
    const first = start(this.rank);
    return { own: items.slice(first, start(this.rank + 1)), first };
  }

  /** Returns to each process the values of all of them, in the order of ranks. */
  async allGather<T>(value: T): Promise<T[]> {
    const { native } = this;
    if (!native) return [value];
    const parts = await runJob(() => native.allGather(serialize(value)));
    return parts.map((part) => deserialize(part) as T);
  }

  /**
   * Returns the number of threads that one operation should use if no number was asked for; undefined for libtorch's
   * own choice.
   */
  async chooseThreads(): Promise<number | undefined> {
    if (!this.native) return undefined;
    const own = ownCores();
    const threads = threadsFor(own, await this.allGather(own));
    return process.env.OMP_NUM_THREADS ? undefined : threads;
  }

  /**
   * Works on a list, each process on every `size`-th item, so that lists in an order of length are divided evenly.
   * @returns one result per item in their order
   */
  async map<T, R>(items: readonly T[], work: (own: readonly T[]) => Promise<readonly R[]>): Promise<R[]> {
    const { rank, size } = this;
    if (size === 1) return [...(await work(items))];
    const all = await this.allGather(await work(items.filter((_, index) => index % size === rank)));
    return items.map((_, index) => all[index % size]?.[Math.floor(index / size)] as R);
  }

  /**
   * Checks that all processes have the same options and files. The device and the number of threads may differ.
   *
   * @param files digests by the names of the files
   * @throws DialoguePpoError ERR_CONFIG naming the rank and the first option or file that differs
   */
  async requireSame(
    { device: _device, threads: _threads, ...options }: Readonly<Record<string, unknown>>,
    files: Readonly<Record<string, string | undefined>>,
  ): Promise<void> {
    const all = await this.allGather<Readonly<Record<string, unknown>>>({ ...options, ...files });
    for (const [rank, other] of all.entries()) {
      const names = Object.keys({ ...all[0], ...other });
      const name = names.find((key) => !isDeepStrictEqual(all[0]?.[key], other[key]));
      if (name === undefined) continue;
      const what = name in files ? `the contents of ${name}` : name;
      throw new DialoguePpoError(
        "ERR_CONFIG",
        `rank ${rank} differs from rank 0 in ${what}; processes that work together need the same options and files ` +
          "(DIALOGUE_PPO_GROUP=off runs each of them on its own)",
      );
    }
  }

  /** Does the work in the first process and returns its result in all. */
  async fromFirst<T>(work: () => T | Promise<T>): Promise<T> {
    const { native } = this;
    if (!native) return work();
    const own = this.isFirst ? serialize(await work()) : new Uint8Array();
    return deserialize(await runJob(() => native.broadcast(own))) as T;
  }

  /**
   * Does the work in the first process, and when it is done in the others. The first leaves in caches what the others
   * then find.
   */
  async firstThenOthers<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isFirst) await this.barrier();
    const result = await work();
    if (this.isFirst) await this.barrier();
    return result;
  }

  /** Returns whether the value is true in any process. */
  async any(value: boolean): Promise<boolean> {
    const { native } = this;
    return native ? runJob(() => native.any(value)) : value;
  }

  /** Waits until all processes have called this method. */
  async barrier(): Promise<void> {
    await this.any(false);
  }

  /**
   * Runs work that all processes do together. The work ends in all of them or fails in all of them, with the error of
   * the process that failed first. A call within such work only runs its function.
   */
  async together<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#begin()) return work();
    const result = await work().catch(async (error) => {
      await this.#end(error);
      throw error;
    });
    await this.#end();
    return result;
  }

  /** Runs a generator as {@link Group.together} runs a function. When its caller stops early, the others fail. */
  async *stepsTogether<T, R>(steps: AsyncGenerator<T, R>): AsyncGenerator<T, R> {
    if (!this.#begin()) return yield* steps;
    let error: unknown = abortError(undefined);
    try {
      const result = yield* steps;
      error = undefined;
      return result;
    } catch (caught) {
      error = caught;
      throw caught;
    } finally {
      await this.#end(error);
    }
  }

  /** Begins work with the others, unless there are none or the work is part of other work. */
  #begin(): boolean {
    if (!this.native || this.#isWorking) return false;
    this.#isWorking = true;
    this.native.setWorking(true);
    return true;
  }

  /** Waits until the others have ended their work, or makes them fail. */
  async #end(error?: unknown): Promise<void> {
    try {
      if (error === undefined) await this.barrier();
      else await this.#fail(error);
    } finally {
      this.native?.setWorking(false);
      this.#isWorking = false;
    }
  }

  async #fail(error: unknown): Promise<void> {
    const { native } = this;
    const code = error instanceof DialoguePpoError ? error.code : "ERR_INTERNAL";
    if (native) await runJob(() => native.fail(code, messageOf(error)));
  }
}

let opened: Group | undefined;

/** @throws DialoguePpoError ERR_CONFIG when MPI knows of other processes than the launcher started */
function openLaunch(launch: Launch): Group {
  const native = joinLaunch(launch, process.env);
  if (native.size() === launch.size && native.rank() === launch.rank) return new Group(native, launch);
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `the launcher started ${launch.size} processes, but MPI knows of ${native.size()}; use the mpirun of the MPI that the ` +
      "addon was built with, or srun --mpi=pmix",
  );
}

/**
 * Returns the group that this process belongs to. The first call joins it and waits for the other processes.
 * @throws DialoguePpoError ERR_CONFIG when the processes of a launcher cannot work together
 */
export function openGroup(): Group {
  if (opened) return opened;
  const launch = findLaunch(process.env);
  opened = launch ? openLaunch(launch) : Group.alone;
  return opened;
}
