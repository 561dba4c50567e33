/** Returns the program and the arguments that start `ranks` processes side by side on this machine; none for a single process. */
export const mpirun = (ranks) =>
  ranks === 1
    ? []
    : ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-np", String(ranks)];
