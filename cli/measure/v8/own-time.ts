/** Nanoseconds of processor time of each of `count` turns: other programs on the same processor do not count. */
export function nanosecondsEach(count: number, turn: () => void): number {
  const started = process.cpuUsage();
  for (let index = 0; index < count; index++) turn();
  const { user, system } = process.cpuUsage(started);
  return ((user + system) * 1000) / count;
}
