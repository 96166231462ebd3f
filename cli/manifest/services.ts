import { commented } from "./commented.js";
import type { Callout, Deployment } from "./deployment.js";

/**
 * What Istio needs to know of the services that plugins call: a ServiceEntry for each that it does not know by itself, and
 * for TLS a DestinationRule. Services of Kubernetes need none.
 */
export function serviceYamls(deployments: readonly Deployment[]): string[] {
  const outside = new Map<string, { callout: Callout; plugins: string[]; namespace: string | undefined }>();
  for (const { callouts, plugin, namespace } of deployments) {
    for (const callout of callouts) {
      if (callout.isInMesh || callout.port === 0) continue;
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

const nameOf = ({ host, port }: Callout): string =>
  `${host
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")}-${port}`;

const metadata = (entry: Outside) => ({
  name: nameOf(entry.callout),
  ...(entry.namespace !== undefined && { namespace: entry.namespace }),
});

function serviceEntry(entry: Outside): string {
  const { host, port, tls, grpc, cluster, key } = entry.callout;
  const isAddress = /^[\d.]+$/.test(host);
  const protocol = grpc ? "GRPC" : "HTTP";
  return commented(
    {
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: metadata(entry),
      spec: {
        hosts: [isAddress ? `${nameOf(entry.callout)}.external` : host],
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
        `Makes the cluster ${cluster}, which ${entry.plugins.join(" and ")} calls (${key}).`,
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
  return commented(
    {
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: metadata(entry),
      spec: {
        host,
        trafficPolicy: {
          portLevelSettings: [{ port: { number: port }, tls: { mode: "SIMPLE", sni: host } }],
        },
        exportTo: ["."],
      },
    },
    [[["spec", "trafficPolicy"], "The proxy speaks TLS to it, and asks for its certificate by this name."]],
  );
}
