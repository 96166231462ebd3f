import { calloutsOf } from "../manifest/callouts.js";

/** A cluster that a configuration names. */
interface Called {
  /** What `--cluster` would call it. */
  cluster: string;
  /** Where it probably is. */
  url: string;
  /** The key of the configuration. */
  key: string;
}

/**
 * What a plugin's configuration says it calls, and no `--cluster` names: a sentence for each cluster. Hosts tell a plugin of that with
 * a status that it may keep to itself, so that the reason for what it then does would not be seen.
 */
export function unnamedClusters(
  plugin: string,
  configuration: string | undefined,
  named: Iterable<string>,
): Map<string, string> {
  const known = [...named];
  const found = new Map<string, string>();
  for (const { cluster, url, key } of calledBy(plugin, configuration)) {
    // The SDK tries further names of a service of the mesh, which begin as the first does.
    const isKnown = known.some((name) => name === cluster || name.startsWith(`${cluster}.`));
    if (!isKnown && !found.has(cluster))
      found.set(cluster, `${plugin} calls ${cluster} (${key}), ${wayOut(cluster, url)}`);
  }
  return found;
}

/** What is to be done about a cluster that nobody named. */
export function wayOut(cluster: string, url = "http://127.0.0.1:8081"): string {
  const word = `${cluster}=${url}`;
  return `and no --cluster says where that is: --cluster ${/[^\w.=:/-]/.test(word) ? `'${word}'` : word}`;
}

function calledBy(plugin: string, configuration: string | undefined): Called[] {
  let config: unknown;
  try {
    config = JSON.parse(configuration ?? "{}");
  } catch {
    return []; // another SDK's plugin takes any text
  }
  const ofTheLibrary = calloutsOf(plugin, config as Record<string, unknown>).map(
    ({ cluster, host, port, tls, grpc, key }) => ({
      cluster,
      url: `${grpc ? "grpc" : "http"}${tls ? "s" : ""}://${port === 0 ? "127.0.0.1:8081" : placeOf(host, port)}`,
      key,
    }),
  );
  const keys = new Set(ofTheLibrary.map(({ key }) => key));
  return [...ofTheLibrary, ...clusterKeys(config, "").filter(({ key }) => !keys.has(key))];
}

const placeOf = (host: string, port: number) => `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** Keys that are called `cluster`, or `..._cluster`, wherever they stand; their values are names of clusters. */
function clusterKeys(value: unknown, path: string): Called[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const at = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    if (!/(^|_)cluster$/.test(key) || typeof inner !== "string" || inner === "")
      return clusterKeys(inner, at);
    return [{ cluster: inner, url: "http://127.0.0.1:8081", key: at }];
  });
}
