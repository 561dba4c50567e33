import { describe, expect, it } from "vitest";
import { findLaunch } from "../../lib/group/launch.ts";

describe("the environment of launchers", () => {
  it("reads what Open MPI sets", () => {
    const env = {
      OMPI_COMM_WORLD_RANK: "3",
      OMPI_COMM_WORLD_SIZE: "4",
      OMPI_COMM_WORLD_LOCAL_RANK: "1",
      OMPI_COMM_WORLD_LOCAL_SIZE: "2",
    };
    expect(findLaunch(env)).toEqual({ launcher: "mpi", rank: 3, size: 4, localRank: 1, localSize: 2 });
  });

  it("reads what MPICH, torchrun and srun set", () => {
    const mpich = { PMI_RANK: "1", PMI_SIZE: "2", MPI_LOCALRANKID: "1", MPI_LOCALNRANKS: "2" };
    expect(findLaunch(mpich)).toEqual({ launcher: "mpi", rank: 1, size: 2, localRank: 1, localSize: 2 });
    const torchrun = {
      RANK: "5",
      WORLD_SIZE: "8",
      LOCAL_RANK: "1",
      LOCAL_WORLD_SIZE: "4",
      MASTER_ADDR: "node1",
    };
    expect(findLaunch(torchrun)).toEqual({
      launcher: "torchrun",
      rank: 5,
      size: 8,
      localRank: 1,
      localSize: 4,
    });
    const srun = { SLURM_STEP_ID: "0", SLURM_PROCID: "2", SLURM_STEP_NUM_TASKS: "4", SLURM_LOCALID: "0" };
    expect(findLaunch(srun)).toMatchObject({ launcher: "slurm", rank: 2, size: 4, localRank: 0 });
    // srun with PMI sets both.
    expect(findLaunch({ ...srun, PMI_RANK: "2", PMI_SIZE: "4" })).toMatchObject({ rank: 2, size: 4 });
  });

  it("takes a process without a launcher, or alone under one, for a process of its own", () => {
    expect(findLaunch({})).toBeUndefined();
    expect(findLaunch({ OMPI_COMM_WORLD_RANK: "0", OMPI_COMM_WORLD_SIZE: "1" })).toBeUndefined();
    // A script of sbatch with four tasks runs once, outside of a step.
    expect(findLaunch({ SLURM_PROCID: "0", SLURM_NTASKS: "4" })).toBeUndefined();
    // RANK alone can mean anything.
    expect(findLaunch({ RANK: "1", WORLD_SIZE: "2" })).toBeUndefined();
  });

  it("keeps processes apart when asked to, and refuses values that no launcher sets", () => {
    const env = { OMPI_COMM_WORLD_RANK: "0", OMPI_COMM_WORLD_SIZE: "2" };
    expect(findLaunch({ ...env, DIALOGUE_PPO_GROUP: "off" })).toBeUndefined();
    expect(findLaunch({ ...env, DIALOGUE_PPO_GROUP: "on" })).toMatchObject({ size: 2 });
    expect(() => findLaunch({ ...env, DIALOGUE_PPO_GROUP: "no" })).toThrow(/expected on or off, got no/);
    expect(() => findLaunch({ ...env, OMPI_COMM_WORLD_SIZE: "two" })).toThrow(
      /OMPI_COMM_WORLD_SIZE: expected a number/,
    );
    expect(() => findLaunch({ ...env, OMPI_COMM_WORLD_RANK: "2" })).toThrow(/expected a rank below the size/);
  });
});
