import { DialoguePpoError } from "../errors.ts";

/** What a launcher such as mpirun tells one of the processes that it started. */
export interface Launch {
  readonly launcher: "mpi" | "slurm" | "torchrun";
  /** Number of this process, from 0. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** Number of this process among those on its machine. */
  readonly localRank: number;
  /** Number of processes on its machine; undefined when the launcher does not say it. */
  readonly localSize: number | undefined;
}

interface Names {
  readonly launcher: Launch["launcher"];
  readonly rank: string;
  readonly size: string;
  readonly localRank: string;
  readonly localSize: string;
  /** A further variable without which the others mean nothing. */
  readonly besides?: string;
}

/** Variables of the launchers: those of Open MPI, of MPICH and Intel MPI, of torchrun, and of a step of Slurm. */
const LAUNCHERS: readonly Names[] = [
  {
    launcher: "mpi",
    rank: "OMPI_COMM_WORLD_RANK",
    size: "OMPI_COMM_WORLD_SIZE",
    localRank: "OMPI_COMM_WORLD_LOCAL_RANK",
    localSize: "OMPI_COMM_WORLD_LOCAL_SIZE",
  },
  {
    launcher: "torchrun",
    rank: "RANK",
    size: "WORLD_SIZE",
    localRank: "LOCAL_RANK",
    localSize: "LOCAL_WORLD_SIZE",
    besides: "MASTER_ADDR",
  },
  {
    // Within srun, which can set the variables of PMI as well. A script of sbatch itself is no such step.
    launcher: "slurm",
    rank: "SLURM_PROCID",
    size: "SLURM_STEP_NUM_TASKS",
    localRank: "SLURM_LOCALID",
    localSize: "SLURM_NTASKS_PER_NODE",
    besides: "SLURM_STEP_ID",
  },
  {
    launcher: "mpi",
    rank: "PMI_RANK",
    size: "PMI_SIZE",
    localRank: "MPI_LOCALRANKID",
    localSize: "MPI_LOCALNRANKS",
  },
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
  return { launcher: names.launcher, rank, size, localRank, localSize: readCount(env, names.localSize) };
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
