import { isIpAddress } from "../words/endpoint.js";
import { commented } from "./commented.js";
import type { Callout, Deployment } from "./deployment.js";
import { entryHost, entryName, wantsEntry } from "./in-istio.js";

/**
 * What Istio needs to know of the services that plugins call: a ServiceEntry for each that it does not know by itself, and
 * for TLS a DestinationRule. Services of Kubernetes need none.
 */
export function serviceYamls(deployments: readonly Deployment[]): string[] {
  const outside = new Map<string, { callout: Callout; plugins: string[]; namespace: string | undefined }>();
  for (const { callouts, plugin, namespace } of deployments) {
    for (const callout of callouts) {
      if (!wantsEntry(callout)) continue;
      const key = `${callout.host}:${callout.port}`;
      const known = outside.get(key);
      if (known === undefined) outside.set(key, { callout, plugins: [plugin], namespace });
      else known.plugins.push(plugin);
    }
  }
  return [...outside.values()].flatMap((entry) => [
    serviceEntry(entry),
    ...(entry.callout.tls ? [destinationRule(entry)] : []),
  ]);
}

interface Outside {
  callout: Callout;
  plugins: string[];
  namespace: string | undefined;
}

const metadata = (entry: Outside) => ({
  name: entryName(entry.callout),
  ...(entry.namespace !== undefined && { namespace: entry.namespace }),
});

function serviceEntry(entry: Outside): string {
  const { host, port, tls, grpc, cluster, key } = entry.callout;
  const isAddress = isIpAddress(host);
  const protocol = grpc ? "GRPC" : "HTTP";
  return commented(
    {
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: metadata(entry),
      spec: {
        hosts: [entryHost(entry.callout)],
        ...(isAddress && { addresses: [host] }),
        location: "MESH_EXTERNAL",
        ports: [{ number: port, name: tls ? "tls-upstream" : protocol.toLowerCase(), protocol }],
        resolution: isAddress ? "STATIC" : "DNS",
        ...(isAddress && { endpoints: [{ address: host }] }),
        exportTo: ["."],
      },
    },
    [
      [
        ["spec", "hosts"],
        `Makes the cluster ${cluster}, which ${entry.plugins.join(" and ")} calls (${key}).${isAddress ? " An address cannot stand here." : ""}`,
      ],
      [
        ["spec", "ports", 0, "protocol"],
        tls
          ? "The plugin speaks plain HTTP to its proxy; the DestinationRule has the proxy speak TLS."
          : "What the plugin speaks.",
      ],
      [["spec", "exportTo"], "For this namespace alone."],
    ],
  );
}

function destinationRule(entry: Outside): string {
  const { host, port } = entry.callout;
  const tls = isIpAddress(host) ? { mode: "SIMPLE", subjectAltNames: [host] } : { mode: "SIMPLE", sni: host };
  return commented(
    {
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: metadata(entry),
      spec: {
        host: entryHost(entry.callout),
        trafficPolicy: {
          portLevelSettings: [{ port: { number: port }, tls }],
        },
        exportTo: ["."],
      },
    },
    [
      [
        ["spec", "trafficPolicy"],
        "The proxy speaks TLS to it, and its certificate must be for this name or address.",
      ],
    ],
  );
}
