import assert from "node:assert/strict";
import { Upstream } from "../cli/upstream.js";
import { request } from "../cli/request.js";
import { Envoy } from "../cli/envoy/process.js";
import { type PeerName, peerNames, titles, type WorkloadName } from "./names.js";
import { filterOf } from "./peers.js";
import { type Exchange, workload, workloads } from "./workloads.js";

/** All that can be seen of an exchange but what differs from one request to the next by itself. */
interface Seen {
  status: number;
  client: string[];
  body: string;
  path: string | null;
  upstream: string[];
  upstreamBody: string;
}

/** What Envoy makes anew for each request, or measures. */
const changing = /^(x-request-id|date|x-envoy-upstream-service-time|host): /;

/** Field values are bytes: Node shows each as a character. */
const utf8 = (text: string): string => Buffer.from(text, "latin1").toString();

const lines = (fields: Iterable<readonly [string, string]>): string[] =>
  [...fields]
    .map(([name, value]) => `${name.toLowerCase()}: ${utf8(value)}`)
    .filter((line) => !changing.test(line))
    .sort();

const valueIn = (fields: readonly string[], name: string): string | null =>
  fields.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null;

/** The exchanges in which a peer must do what the others do. */
function exchangesFor(peer: PeerName, name: WorkloadName): readonly Exchange[] {
  const { timed, others } = workload(name);
  // The floor has the texts of the timed exchange in it.
  if (peer === "floor" && (name === "transform" || name === "basic-auth")) return [timed];
  // Envoy's own filter refuses in words of its own.
  if (peer === "native" && name === "basic-auth")
    return [timed, ...others].filter(({ expect }) => expect.status === 200);
  return [timed, ...others];
}

export interface CheckOptions {
  binary: string;
  workloads?: readonly WorkloadName[];
  peers?: readonly PeerName[];
  progress?: (line: string) => void;
}

/**
 * Sends every exchange of each workload through a real Envoy with each peer, and throws where one of them does something
 * else than the exchange expects, or than the others do. Gives back how many exchanges were compared.
 */
export async function checkAlike(options: CheckOptions): Promise<number> {
  const { progress = () => {} } = options;
  let count = 0;
  for (const { name } of workloads) {
    if (options.workloads && !options.workloads.includes(name)) continue;
    const seen = await inEnvoy(name, options);
    for (const [peer, exchanges] of seen) {
      for (const [exchange, what] of exchanges) {
        const place = `${name}, ${titles[peer]}, ${exchange.name}`;
        assertExpected(what, exchange, place);
        for (const [other, theirs] of seen)
          if (theirs.has(exchange))
            assert.deepEqual(what, theirs.get(exchange), `${place}: not as ${titles[other]}`);
        count++;
      }
    }
    progress(`${name}: ${[...seen.keys()].map((peer) => titles[peer]).join(", ")} do the same`);
  }
  return count;
}

async function inEnvoy(
  name: WorkloadName,
  options: CheckOptions,
): Promise<Map<PeerName, Map<Exchange, Seen>>> {
  const { service, timed, others } = workload(name);
  const exchanges = [timed, ...others];
  const upstream = await Upstream.start(({ headers }) => {
    const { response } = exchanges[Number(headers.get("x-exchange"))]!;
    return { headers: response?.headers ?? [], body: response?.body ?? "ok" };
  });
  const asked = await Upstream.start(() => ({ status: service?.status ?? 500, body: "" }));
  try {
    const peers: PeerName[] = [];
    const listeners = [];
    for (const peer of options.peers ?? peerNames) {
      const filter = await filterOf(peer, name);
      if (filter === null) continue;
      peers.push(peer);
      listeners.push({
        name: peer,
        filters: [filter],
        routes: [{ cluster: "upstream" }],
        bufferLimit: 4 * 1024 * 1024,
      });
    }
    const envoy = await Envoy.start({
      binary: options.binary,
      listeners,
      clusters: [
        { name: "upstream", address: { port: upstream.port } },
        { name: "service", address: { port: asked.port } },
      ],
    });
    try {
      const all = new Map<PeerName, Map<Exchange, Seen>>();
      for (const peer of peers) {
        const ofPeer = new Map<Exchange, Seen>();
        for (const exchange of exchangesFor(peer, name)) {
          const index = exchanges.indexOf(exchange);
          ofPeer.set(exchange, await exchanged(envoy.port(peer), exchange, index, upstream));
        }
        all.set(peer, ofPeer);
      }
      const trouble = envoy.log.matching(/\]\[(error|critical)\]/);
      assert.deepEqual(trouble, [], `${name}: Envoy complains`);
      return all;
    } finally {
      await envoy.stop();
    }
  } finally {
    await upstream.stop();
    await asked.stop();
  }
}

async function exchanged(port: number, exchange: Exchange, index: number, upstream: Upstream): Promise<Seen> {
  const before = upstream.requests.length;
  const answer = await request(port, {
    method: exchange.method ?? "GET",
    path: exchange.path ?? "/",
    headers: [["host", "bench.example"], ["x-exchange", String(index)], ...(exchange.headers ?? [])],
    ...(exchange.body !== undefined && { body: exchange.body }),
  });
  const asked = upstream.requests[before];
  return {
    status: answer.status,
    client: lines(answer.headers),
    body: answer.text,
    path: asked?.path ?? null,
    upstream: asked ? lines(asked.headers) : [],
    upstreamBody: asked?.body.toString() ?? "",
  };
}

function assertExpected(seen: Seen, { expect }: Exchange, place: string): void {
  assert.equal(seen.status, expect.status ?? 200, `${place}: status`);
  if (expect.path !== undefined) assert.equal(seen.path, expect.path, `${place}: path at the upstream`);
  if (expect.body !== undefined) assert.equal(seen.body, expect.body, `${place}: body`);
  for (const [name, value] of Object.entries(expect.upstream ?? {}))
    assert.equal(valueIn(seen.upstream, name), value, `${place}: ${name} at the upstream`);
  for (const [name, value] of Object.entries(expect.client ?? {}))
    assert.equal(valueIn(seen.client, name), value, `${place}: ${name} at the client`);
}
