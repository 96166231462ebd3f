import type { Scenario, WantedCalls, WantedRequest } from "./scenario.js";
import type { ServiceScript } from "./script-types.js";

type Mistake = [place: string, sentence: string];

const kindOf = (script: ServiceScript) =>
  typeof script === "string" ? script : Array.isArray(script) ? "HTTP" : "gRPC";

/** What a scenario says of services that it does not have, or that they cannot do. */
export function wrongServices({ clusters = {}, steps = [] }: Scenario): Mistake[] {
  const names = Object.keys(clusters).join(", ") || "none";
  const unknown = (place: string): Mistake => [place, `is not a cluster of the scenario; there are ${names}`];
  return steps.flatMap(({ change, clusters: wanted = {} }, index) => [
    ...Object.entries(change?.clusters ?? {}).flatMap(([name, script]): Mistake[] => {
      const place = `steps[${index}].change.clusters.${name}`;
      const before = clusters[name];
      return before === undefined ? [unknown(place)] : wrongChange(place, before, script);
    }),
    ...Object.entries(wanted).flatMap(([name, calls]): Mistake[] => {
      const place = `steps[${index}].clusters.${name}`;
      return clusters[name] === undefined ? [unknown(place)] : wrongCalls(place, clusters[name], calls);
    }),
  ]);
}

/** Hosts get no cluster after they have started, and a cluster keeps its protocol. */
function wrongChange(place: string, before: ServiceScript, script: ServiceScript): Mistake[] {
  const [old, now] = [kindOf(before), kindOf(script)];
  if (old === "no_hosts") return [[place, "has no hosts, and gets none"]];
  if (now === "no_hosts") return [[place, "cannot lose its hosts: unreachable takes them down"]];
  // What is down at first may come up as an HTTP service.
  const protocol = old === "unreachable" ? "HTTP" : old;
  if (now === "unreachable" || now === protocol) return [];
  return [[place, `is a service of ${protocol}, and cannot become one of ${now}`]];
}

function wrongCalls(place: string, script: ServiceScript, calls: WantedCalls | WantedRequest[]): Mistake[] {
  const isGrpc = kindOf(script) === "gRPC";
  const wrong = [calls].flat().some(({ message }) => message !== undefined && !isGrpc);
  return wrong ? [[`${place}.message`, "messages are what services of gRPC get"]] : [];
}
