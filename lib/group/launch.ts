import { DialoguePpoError } from "../errors.ts";
import type { NativeRendezvous } from "../native/types.ts";

/** What a launcher such as mpirun tells one of the processes that it started. */
export interface Launch {
  readonly launcher: "mpi" | "slurm" | "torchrun";
  /** Number of this process, from 0. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** Number of this process among those on its machine. */
  readonly localRank: number;
}

interface Names {
  readonly launcher: Launch["launcher"];
  readonly rank: string;
  readonly size: string;
  readonly localRank: string;
  /** A further variable without which the others mean nothing. */
  readonly besides?: string;
}

/**
 * Variables of the launchers: those of Open MPI, of torchrun, of MPICH and Intel MPI, of a step of Slurm, and of Cray's
 * PALS. A mpirun within a job of Slurm starts its own helpers by srun, so that processes have the variables of both.
 */
const LAUNCHERS: readonly Names[] = [
  {
    launcher: "mpi",
    rank: "OMPI_COMM_WORLD_RANK",
    size: "OMPI_COMM_WORLD_SIZE",
    localRank: "OMPI_COMM_WORLD_LOCAL_RANK",
  },
  {
    launcher: "torchrun",
    rank: "RANK",
    size: "WORLD_SIZE",
    localRank: "LOCAL_RANK",
    besides: "MASTER_ADDR",
  },
  // srun can set these two numbers as well, but not that of the process on its machine.
  {
    launcher: "mpi",
    rank: "PMI_RANK",
    size: "PMI_SIZE",
    localRank: "MPI_LOCALRANKID",
    besides: "MPI_LOCALRANKID",
  },
  // A script of sbatch itself is no step.
  {
    launcher: "slurm",
    rank: "SLURM_PROCID",
    size: "SLURM_STEP_NUM_TASKS",
    localRank: "SLURM_LOCALID",
    besides: "SLURM_STEP_ID",
  },
  { launcher: "mpi", rank: "PMI_RANK", size: "PMI_SIZE", localRank: "PMI_LOCAL_RANK" },
];

/** Environment variable that keeps the processes of a launcher apart when it is `off`. */
const SWITCH = "DIALOGUE_PPO_GROUP";

type Environment = Readonly<Record<string, string | undefined>>;

function readCount(env: Environment, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new DialoguePpoError("ERR_CONFIG", `environment variable ${name}: expected a number, got ${text}`);
}

/**
 * Returns whether no other process that was started on this machine comes before this one. It needs no valid variables.
 */
export const isFirstOnMachine = (env: Environment): boolean =>
  LAUNCHERS.every(({ localRank }) => !env[localRank] || env[localRank] === "0");

/** Number of the port at which processes meet unless the launcher names one. */
const PORT = 29500;

/** Where processes with a GPU each meet. */
export type Rendezvous = Omit<NativeRendezvous, "rank" | "size" | "device">;

/**
 * Reads from the environment where processes with a GPU each meet.
 *
 * @returns undefined when nobody named a place
 * @throws DialoguePpoError ERR_CONFIG for a port that cannot be one
 */
export function findRendezvous(env: Environment): Rendezvous | undefined {
  const host = env.MASTER_ADDR;
  if (!host) return undefined;
  const port = readCount(env, "MASTER_PORT") ?? PORT;
  if (port < 1 || port > 65_535) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `environment variable MASTER_PORT: expected a port from 1 to 65535, got ${port}`,
    );
  }
  const hasServer = env.TORCHELASTIC_USE_AGENT_STORE === "True";
  return { host, port, hasServer, attempt: readCount(env, "TORCHELASTIC_RESTART_COUNT") ?? 0 };
}

function readLaunch(env: Environment, names: Names): Launch | undefined {
  if (names.besides !== undefined && !env[names.besides]) return undefined;
  const [rank, size] = [readCount(env, names.rank), readCount(env, names.size)];
  if (rank === undefined || size === undefined) return undefined;
  if (rank >= size) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `environment variables ${names.rank} ${rank} and ${names.size} ${size}: expected a rank below the size`,
    );
  }
  const localRank = readCount(env, names.localRank) ?? 0;
  return { launcher: names.launcher, rank, size, localRank };
}

/**
 * Reads from the environment how a launcher started this process.
 *
 * @returns undefined for a process of its own: without a launcher, for a launcher of one process, and with
 *   DIALOGUE_PPO_GROUP=off
 * @throws DialoguePpoError ERR_CONFIG when a variable has a value that its launcher does not set
 */
export function findLaunch(env: Environment): Launch | undefined {
  const choice = env[SWITCH];
  if (choice === "off") return undefined;
  if (choice !== undefined && choice !== "" && choice !== "on") {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `environment variable ${SWITCH}: expected on or off, got ${choice}`,
    );
  }
  for (const names of LAUNCHERS) {
    const launch = readLaunch(env, names);
    if (launch) return launch.size === 1 ? undefined : launch;
  }
  return undefined;
}
