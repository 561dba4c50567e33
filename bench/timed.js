/** Returns the result of a function with its wall time (`clock`) and processor time (`cpu`) in seconds. */
export async function timed(work) {
  const [clock, cpu] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { result, clock: (performance.now() - clock) / 1000, cpu: (user + system) / 1e6 };
}
