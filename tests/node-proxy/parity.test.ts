import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Route } from "../../cli/envoy/bootstrap.js";
import { type Answer, Upstream } from "../../cli/upstream.js";
import { Proxy } from "../envoy/harness.js";
import { moduleFile, plugin, probe, type Service, until, withProxy, withServices } from "./harness.js";

const host = "host: a.test\r\n";

/** Requests as bytes; what becomes of them must be the same in both hosts. */
const requests: Record<string, string> = {
  "a GET": `GET /x?y=1 HTTP/1.1\r\n${host}User-Agent: me\r\nX-Forwarded-For: 1.2.3.4\r\nTE: trailers\r\n\r\n`,
  "a repeated header": `GET / HTTP/1.1\r\n${host}x-a: 1\r\nX-A: 2\r\n\r\n`,
  "a HEAD": `HEAD / HTTP/1.1\r\n${host}\r\n`,
  "a HEAD without a length": `HEAD /pieces HTTP/1.1\r\n${host}\r\n`,
  "a response in pieces": `GET /pieces HTTP/1.1\r\n${host}\r\n`,
  "a response that may not be stored": `GET /304 HTTP/1.1\r\n${host}\r\n`,
  "a POST": `POST / HTTP/1.1\r\n${host}content-length: 5\r\n\r\nhello`,
  "a POST of nothing": `POST / HTTP/1.1\r\n${host}content-length: 0\r\n\r\n`,
  "a POST in chunks": `POST / HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  "a POST that waits for leave": `POST / HTTP/1.1\r\n${host}content-length: 5\r\nexpect: 100-continue\r\n\r\nhello`,
  "a client that closes": `GET / HTTP/1.1\r\n${host}connection: close\r\n\r\n`,
  "an upgrade": `GET / HTTP/1.1\r\n${host}connection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  "HTTP/1.0": `GET / HTTP/1.0\r\n${host}\r\n`,
  "no host": `GET / HTTP/1.1\r\n\r\n`,
  "no HTTP": `what?\r\n\r\n`,
  "too large headers": `GET / HTTP/1.1\r\n${host}x: ${"a".repeat(70_000)}\r\n\r\n`,
  "a local reply of the first": `GET /reply@a HTTP/1.1\r\n${host}\r\n`,
  "a local reply of the last": `GET /reply@b HTTP/1.1\r\n${host}\r\n`,
  "a local reply to HEAD": `HEAD /reply@b HTTP/1.1\r\n${host}\r\n`,
  "a local reply to gRPC": `POST /reply@b HTTP/1.1\r\n${host}content-type: application/grpc\r\n\r\n`,
  "a local reply before the body has come": `POST /reply@b HTTP/1.1\r\n${host}content-length: 9\r\n\r\nab`,
  "a local reply from the body": `POST /reply-body@b HTTP/1.1\r\n${host}content-length: 2\r\n\r\nab`,
  "a local reply from the response": `GET /late-reply@b HTTP/1.1\r\n${host}\r\n`,
  "a changed body": `POST /upper HTTP/1.1\r\n${host}content-length: 5\r\n\r\nhello`,
  "a callout": `GET /callout/good/@a HTTP/1.1\r\n${host}\r\n`,
  "a callout that is refused": `GET /callout/refusing/@a HTTP/1.1\r\n${host}\r\n`,
  "a callout that is reset": `GET /callout/resetting/@b HTTP/1.1\r\n${host}\r\n`,
  "a callout in vain": `GET /callout/silent/@a HTTP/1.1\r\n${host}\r\n`,
  "a callout that breaks off": `GET /callout/cutting/@a HTTP/1.1\r\n${host}\r\n`,
  "a callout to nowhere": `GET /callout/nowhere/@a HTTP/1.1\r\n${host}\r\n`,
};

/** Paths that go to an upstream which fails. */
const failing: Record<string, Service> = {
  "/up/refusing": "refusing",
  "/up/resetting": "resetting",
  "/up/silent": "silent",
  "/up/cutting": "cutting",
  "/up/babbling": "babbling",
};

const answer: Answer = ({ path, body }) => {
  if (path === "/pieces") return { headers: { "x-up": "1" }, body: ["a", "b"] };
  if (path === "/304") return { status: 304 };
  return { headers: { server: "mine", "X-Case": "Y" }, body: `got ${body.length}` };
};

/** All that can be seen of one request. */
interface Seen {
  response: string[];
  body: string;
  upstream: string[];
  plugins: Record<string, string[]>;
}

interface HostUnderTest {
  port: number;
  upstream: Upstream;
  log(): string[];
}

async function see(subject: HostUnderTest, bytes: string): Promise<Seen> {
  const [lines, asked] = [subject.log().length, subject.upstream.requests.length];
  const received = await exchange(subject.port, bytes, () => {
    const deleted = subject
      .log()
      .slice(lines)
      .filter((line) => /^[ab]: delete/.test(line));
    return deleted.length === 2;
  });
  const end = received.lastIndexOf("\r\n\r\n", received.search(/\r\n\r\n(?!HTTP)/));
  const upstream = subject.upstream.requests.slice(asked).map(({ method, path, headers, body }) => {
    const fields = [...headers].map(([name, value]) => masked(`${name}: ${value}`)).sort();
    return [`${method} ${path}`, ...fields, body.toString()].join("\n");
  });
  const plugins: Record<string, string[]> = { a: [], b: [] };
  for (const line of subject.log().slice(lines)) plugins[line.slice(0, 1)]?.push(logged(line));
  return {
    response: received.slice(0, end).split("\r\n").map(masked).sort(),
    body: unchunked(received.slice(end + 4)),
    upstream,
    plugins,
  };
}

/** Sends bytes, and gives back what comes until the stream is over for the plugins. */
async function exchange(port: number, bytes: string, isOver: () => boolean): Promise<string> {
  const chunks: Buffer[] = [];
  const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  await until("the stream is over", isOver);
  await sleep(30);
  socket.destroy();
  return Buffer.concat(chunks).toString("latin1");
}

/** A plugin's line; the order of fields is not compared. */
function logged(line: string): string {
  return masked(line).split("; ").sort().join("; ");
}

const masked = (text: string) =>
  text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, "(id)")
    .replace(/(service-time[:=] ?)\d+/, "$1(ms)")
    .replace(/(date[:=] ?)\w{3}, [^;]* GMT/, "$1(now)");

/** A body without the sizes of its chunks: how it is cut is the host's affair. */
const unchunked = (body: string) => body.replaceAll(/(^|\r\n)[0-9a-f]+\r\n/g, "").replace(/\r\n$/, "");

async function withEnvoy(clusters: Record<Service, URL>, use: (subject: HostUnderTest) => Promise<void>) {
  const routes: Route[] = Object.entries(failing).map(([path, cluster]) => ({
    path,
    cluster,
    timeout: "0.3s",
  }));
  const code = await moduleFile("probe");
  const filters = ["a", "b"].map((name) => ({
    code,
    name,
    rootId: "probe",
    vmId: name,
    configuration: { name },
  }));
  const proxy = await Proxy.start({
    filters: [...filters, { code: await moduleFile("hello"), name: "hello", rootId: "hello", vmId: "hello" }],
    answer,
    routes: [...routes, { cluster: "upstream" }],
    clusters: Object.entries(clusters).map(([name, url]) => ({ name, address: { port: Number(url.port) } })),
  });
  try {
    const { port, upstream } = proxy;
    await use({ port, upstream, log: () => proxy.wasmLog().map(({ text }) => text) });
  } finally {
    await proxy.stop();
  }
}

test("answers, asks and tells plugins as Envoy does", async (t) => {
  await withServices(async (clusters) => {
    const expected = new Map<string, Seen>();
    const all = { ...requests };
    for (const path of Object.keys(failing))
      all[`an upstream at ${path}`] = `GET ${path} HTTP/1.1\r\n${host}\r\n`;
    await withEnvoy(clusters, async (envoy) => {
      for (const [name, bytes] of Object.entries(all)) expected.set(name, await see(envoy, bytes));
    });
    const plugins = [await probe("a"), await probe("b"), await plugin("hello")];
    const compare = (upstream: URL | undefined, names: string[]) =>
      withProxy(
        { plugins, clusters: { ...clusters }, answer, ...(upstream && { upstream, upstreamTimeoutMs: 300 }) },
        async ({ proxy, upstream }) => {
          const log = () => proxy.logs.map(({ message }) => message);
          for (const name of names) {
            await t.test(name, async () =>
              assert.deepEqual(
                await see({ port: proxy.port, upstream, log }, all[name]!),
                expected.get(name),
              ),
            );
          }
        },
      );
    await compare(undefined, Object.keys(requests));
    for (const [path, service] of Object.entries(failing))
      await compare(clusters[service], [`an upstream at ${path}`]);
  });
});
