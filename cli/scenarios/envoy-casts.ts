import type { Role } from "./role.js";
import type { Scenario } from "./scenario.js";

/** How many scenarios one Envoy plays at most: more would keep others from playing beside it. */
const mostInOne = 40;

/** The scenarios that one Envoy can play: those whose process is told the same, and one that must be alone. */
export function casts<T extends Role>(roles: readonly T[]): T[][] {
  const casts: T[][] = [];
  const open = new Map<string, T[]>();
  for (const role of roles) {
    if (isAlone(role.scenario)) {
      casts.push([role]);
      continue;
    }
    const { log_level: level = "info", workers = 1 } = role.scenario.host ?? {};
    const key = `${level} ${workers}`;
    const cast = open.get(key);
    if (cast !== undefined && cast.length < mostInOne) cast.push(role);
    else {
      const begun = [role];
      open.set(key, begun);
      casts.push(begun);
    }
  }
  // The longest first, so that none of them is left over at the end.
  return casts.sort((a, b) => b.length - a.length);
}

/** Whether a scenario looks at what is shared in a process: metrics, VMs by their names, services by theirs. */
export function isAlone({ clusters, metrics, plugins = [], traps, upstream, steps = [] }: Scenario): boolean {
  const leavesUpstream =
    upstream === "unreachable" || steps.some(({ change }) => change?.upstream === "unreachable");
  return (
    clusters !== undefined ||
    metrics !== undefined ||
    traps !== undefined ||
    leavesUpstream ||
    plugins.some(({ vm_id: id }) => id !== undefined)
  );
}
