import { WrongUse } from "../terminal.js";
import { type Endpoint, readEndpoint } from "./endpoint.js";

/**
 * Where the services are that plugins call: `name=url`, as often as it was given. The names of Istio's clusters have bars
 * and dots in them.
 */
export function readClusters(values: readonly string[]): Map<string, Endpoint> {
  const clusters = new Map<string, Endpoint>();
  for (const value of values) {
    const at = value.indexOf("=");
    const name = value.slice(0, Math.max(at, 0));
    if (name === "")
      throw new WrongUse(
        `--cluster ${value} is not of the form name=url: write --cluster auth-service=http://127.0.0.1:8081`,
      );
    if (name === "upstream")
      throw new WrongUse("--cluster upstream=...: that name is the upstream's own, which --upstream sets");
    if (clusters.has(name)) throw new WrongUse(`--cluster ${name} was given twice: which one is it?`);
    clusters.set(name, readEndpoint(value.slice(at + 1), `--cluster ${name}:`));
  }
  return clusters;
}
