import { describe, expect, it } from "vitest";
import { threadsFor } from "../../lib/group/cores.ts";
import { findLaunch, findRendezvous, isFirstOnMachine } from "../../lib/group/launch.ts";

describe("the environment of launchers", () => {
  it("reads what Open MPI sets", () => {
    const env = {
      OMPI_COMM_WORLD_RANK: "3",
      OMPI_COMM_WORLD_SIZE: "4",
      OMPI_COMM_WORLD_LOCAL_RANK: "1",
      OMPI_COMM_WORLD_LOCAL_SIZE: "2",
    };
    expect(findLaunch(env)).toEqual({ launcher: "mpi", rank: 3, size: 4, localRank: 1 });
  });

  it("reads what MPICH, torchrun and srun set", () => {
    const mpich = { PMI_RANK: "1", PMI_SIZE: "2", MPI_LOCALRANKID: "1", MPI_LOCALNRANKS: "2" };
    expect(findLaunch(mpich)).toEqual({ launcher: "mpi", rank: 1, size: 2, localRank: 1 });
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
    });
    const srun = { SLURM_STEP_ID: "0", SLURM_PROCID: "2", SLURM_STEP_NUM_TASKS: "4", SLURM_LOCALID: "1" };
    expect(findLaunch(srun)).toEqual({ launcher: "slurm", rank: 2, size: 4, localRank: 1 });
    // srun with PMI sets both.
    expect(findLaunch({ ...srun, PMI_RANK: "2", PMI_SIZE: "4" })).toMatchObject({ rank: 2, localRank: 1 });
    const pals = { PMI_RANK: "3", PMI_SIZE: "4", PMI_LOCAL_RANK: "1" };
    expect(findLaunch(pals)).toEqual({ launcher: "mpi", rank: 3, size: 4, localRank: 1 });
  });

  it("takes the numbers of mpirun, not those of the helpers that mpirun starts by srun", () => {
    const helper = { SLURM_STEP_ID: "0", SLURM_PROCID: "1", SLURM_STEP_NUM_TASKS: "2", SLURM_LOCALID: "0" };
    const process = { rank: 6, size: 8, localRank: 2 };
    const openMpi = {
      OMPI_COMM_WORLD_RANK: "6",
      OMPI_COMM_WORLD_SIZE: "8",
      OMPI_COMM_WORLD_LOCAL_RANK: "2",
    };
    expect(findLaunch({ ...helper, ...openMpi })).toMatchObject(process);
    const mpich = { PMI_RANK: "6", PMI_SIZE: "8", MPI_LOCALRANKID: "2", MPI_LOCALNRANKS: "4" };
    expect(findLaunch({ ...helper, ...mpich })).toMatchObject(process);
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

describe("the rendezvous of processes with a GPU", () => {
  it("is what the environment names", () => {
    expect(findRendezvous({})).toBeUndefined();
    expect(findRendezvous({ MASTER_ADDR: "node1" })).toEqual({
      host: "node1",
      port: 29500,
      hasServer: false,
      attempt: 0,
    });
    const torchrun = { MASTER_PORT: "4000", TORCHELASTIC_USE_AGENT_STORE: "True" };
    expect(
      findRendezvous({ MASTER_ADDR: "node1", ...torchrun, TORCHELASTIC_RESTART_COUNT: "2" }),
    ).toMatchObject({ port: 4000, hasServer: true, attempt: 2 });
  });

  it.each(["0", "65536", "95036"])("has no port %s", (port) => {
    expect(() => findRendezvous({ MASTER_ADDR: "node1", MASTER_PORT: port })).toThrow(
      `MASTER_PORT: expected a port from 1 to 65535, got ${port}`,
    );
  });
});

describe("processes of one machine", () => {
  it("share its cores, unless the launcher gave each its own", () => {
    const bound = (list: string, host = "a") => ({ host, list, count: 8 });
    expect(threadsFor(bound("0-7"), [bound("0-7"), bound("0-7")])).toBe(4);
    expect(threadsFor(bound("0-7"), [bound("0-7"), bound("8-15")])).toBe(8);
    expect(threadsFor(bound("0-7"), [bound("0-7"), bound("0-7", "b")])).toBe(8);
    expect(threadsFor(bound("0-7"), Array(9).fill(bound("0-7")))).toBe(1);
  });

  it("know which of them is the first, whatever the other variables say", () => {
    expect(isFirstOnMachine({})).toBe(true);
    expect(isFirstOnMachine({ RANK: "x", LOCAL_RANK: "0" })).toBe(true);
    expect(isFirstOnMachine({ RANK: "x", LOCAL_RANK: "1" })).toBe(false);
    expect(isFirstOnMachine({ SLURM_LOCALID: "0", OMPI_COMM_WORLD_LOCAL_RANK: "3" })).toBe(false);
  });
});
