/** Returns the program and the arguments that start `ranks` processes side by side on this machine; none for a single process. */
export function mpirun(ranks: number): string[];
