import os from "node:os";
import { DialoguePpoError } from "../errors.ts";
import { loadAddon } from "../native/loader.ts";
import type { NativeGroup } from "../native/types.ts";
import { findRendezvous, type Launch } from "./launch.ts";

/** Ends of the messages about processes that cannot work together. */
const APART = "(DIALOGUE_PPO_GROUP=off runs each of them on its own)";

/** Returns the GPU of a process. Each of those on a machine that sees several takes another one. */
function chooseGpu(localRank: number, launcher: Launch["launcher"]): number {
  const gpus = loadAddon()
    .devices()
    .filter((name) => name.startsWith("cuda")).length;
  if (gpus > 0) return localRank % gpus;
  const remedy =
    launcher === "torchrun"
      ? "torchrun needs NCCL; start them with mpirun or srun"
      : "without MASTER_ADDR in the environment they meet by MPI";
  throw new DialoguePpoError(
    "ERR_DEVICE",
    `NCCL connects processes with a GPU each, and libtorch finds none on ${os.hostname()}; ${remedy} ${APART}`,
  );
}

/**
 * @throws DialoguePpoError ERR_CONFIG for srun without a plugin for MPI. MPI itself would abort with a page of text per
 * process
 */
function checkSrun(env: NodeJS.ProcessEnv): void {
  if (env.PMIX_RANK !== undefined || env.PMI_RANK !== undefined || env.PMI_FD !== undefined) return;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    "srun started processes that MPI cannot connect; expected srun --mpi=pmix (or --mpi=pmi2, as the MPI of the " +
      `addon needs it), or mpirun within the job ${APART}`,
  );
}

/**
 * Joins the processes of a launcher: by NCCL where the environment names a rendezvous and the addon has it, otherwise
 * by MPI, which finds the others itself.
 *
 * @throws DialoguePpoError ERR_CONFIG when the addon cannot connect the processes, ERR_DEVICE when a GPU is missing
 */
export function joinLaunch({ rank, size, localRank, launcher }: Launch, env: NodeJS.ProcessEnv): NativeGroup {
  const addon = loadAddon();
  const { backends, flavour } = addon.versions();
  const rendezvous = findRendezvous(env);
  if (rendezvous && backends.includes("nccl"))
    return addon.openGroup({ rank, size, device: chooseGpu(localRank, launcher), ...rendezvous });
  if (launcher !== "torchrun" && backends.includes("mpi")) {
    if (launcher === "slurm") checkSrun(env);
    return addon.openGroup();
  }
  const byMpi =
    "install it (apt-get install libopenmpi-dev openmpi-bin), then: npx dialogue-ppo build --force";
  const byNccl =
    flavour === "cuda"
      ? "install its header and those of CUDA (a CUDA toolkit with NCCL), then: npx dialogue-ppo build --force"
      : "start them with mpirun or srun";
  const [missing, remedy] = launcher === "torchrun" ? ["NCCL, which torchrun needs", byNccl] : ["MPI", byMpi];
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `${size} processes were started together, but the addon was built without ${missing}; ${remedy} ${APART}`,
  );
}
