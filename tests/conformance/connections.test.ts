import assert from "node:assert/strict";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { TcpListener } from "../../cli/envoy/bootstrap.js";
import { Upstream } from "../../cli/upstream.js";
import type { Proxy } from "../envoy/harness.js";
import { exercises, filter, startTraced } from "./harness.js";

const test = exercises("connections.test.ts");

/** A TCP server that echoes, says who it is, and does what it is told. */
class TcpServer {
  readonly sockets: Socket[] = [];
  readonly received: string[] = [];

  private constructor(
    readonly name: string,
    private readonly server: Server,
  ) {}

  static async start(name: string): Promise<TcpServer> {
    const server = createServer({ allowHalfOpen: true });
    const started = new TcpServer(name, server);
    server.on("connection", (socket) => started.serve(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return started;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private serve(socket: Socket): void {
    const index = this.sockets.push(socket) - 1;
    this.received.push("");
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("data", (data) => {
      const text = data.toString();
      this.received[index] += text;
      if (text === "END") socket.end("ended");
      else if (text === "WAIT") {
        socket.write("wait held");
        setTimeout(() => socket.write(" released"), 100);
      } else socket.write(`${this.name}:${text}`);
    });
  }
}

/** A client's connection, with what came on it so far. */
class Client {
  received = "";
  closed = false;

  private constructor(private readonly socket: Socket) {
    socket.on("data", (data) => (this.received += data.toString()));
    socket.on("error", () => {});
    for (const event of ["end", "close"]) socket.on(event, () => (this.closed = true));
  }

  static async connect(port: number): Promise<Client> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.setNoDelay(true);
    await new Promise((resolve, reject) => socket.on("connect", resolve).on("error", reject));
    return new Client(socket);
  }

  write(text: string): void {
    this.socket.write(text);
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Breaks the connection off: the peer sees a reset, and not an end. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Waits until all that came is this. */
  async hears(text: string): Promise<void> {
    await until(
      () => this.received === text,
      () => `heard ${JSON.stringify(this.received)}`,
    );
  }

  async isClosed(): Promise<void> {
    await until(
      () => this.closed,
      () => "not closed",
    );
  }
}

async function until(condition: () => boolean, otherwise: () => string): Promise<void> {
  for (const deadline = Date.now() + 3000; !condition(); await sleep(10))
    assert.ok(Date.now() < deadline, otherwise());
}

let first: TcpServer;
let second: TcpServer;
let service: Upstream;
let proxy: Proxy;

before(async () => {
  first = await TcpServer.start("first");
  second = await TcpServer.start("second");
  service = await Upstream.start(({ path }) => ({ body: path === "/allowed" ? "yes" : "no", delay: 30 }));
  const listener = async (name: string, configuration: Record<string, unknown>): Promise<TcpListener> => ({
    name,
    networkFilters: [await filter("connections", { name, configuration })],
    cluster: "first",
  });
  proxy = await startTraced({
    filters: [],
    listeners: [
      await listener("tcp", {}),
      await listener("holding", { hold_ms: 100 }),
      await listener("elsewhere", { cluster: "second" }),
    ],
    clusters: [
      { name: "first", address: { port: first.port } },
      { name: "second", address: { port: second.port } },
      { name: "service", address: { port: service.port } },
    ],
  });
});

after(async () => {
  await proxy?.stop();
  first?.stop();
  second?.stop();
  await service?.stop();
});

const open = (listener = "tcp") => Client.connect(proxy.envoy.port(listener));

test("reads and changes the data of a connection, both ways", async () => {
  const client = await open();
  client.write("shout hello");
  await client.hears("(14)first:HELLO/11");
  assert.equal(first.received.at(-1), "HELLO/11");
  client.write("plain");
  await client.hears("(14)first:HELLO/11(11)first:plain");
  client.end();
  // The end of a stream has a callback of its own, and data can be added to it.
  await until(
    () => first.received.at(-1) === "HELLO/11plain[end]",
    () => first.received.at(-1),
  );
  client.destroy();
  proxy.assertUnharmed();
});

test("hears of connections, and where they come from", async () => {
  const from = proxy.envoy.log.mark;
  const client = await open();
  client.write("x");
  await client.hears("(7)first:x");
  assert.match(await proxy.envoy.log.waitFor(/: connected /, 5000, from), /127\.0\.0\.1:\d+$/);
  const stats = await proxy.envoy.admin.stats("conformance.connections");
  assert.ok(stats.get("wasmcustom.conformance.connections")! > 0);
  client.destroy();
});

test("hears who closed a connection", async () => {
  const told = async (use: (client: Client) => Promise<void>) => {
    const from = proxy.envoy.log.mark;
    const client = await open();
    const line = await proxy.envoy.log.waitFor(/: connected from/, 5000, from);
    const who = /connection \d+: /.exec(line)![0];
    await use(client);
    await proxy.envoy.log.waitFor(new RegExp(`${who}deleted$`), 5000, from);
    const lines = proxy.wasmLog(from).filter(({ text }) => text.startsWith(who));
    return lines.map(({ text }) => text.replace(who, ""));
  };
  const byClient = await told(async (client) => {
    client.write("x");
    await client.hears("(7)first:x");
    client.reset();
  });
  const byUpstream = await told(async (client) => {
    client.write("END");
    await client.isClosed();
    client.end();
  });
  const byPlugin = await told(async (client) => {
    client.write("close");
    await client.isClosed();
    client.end();
  });
  const end = ["done", "logged", "deleted"];
  const peer = { unknown: 0, local: 1, remote: 2 };
  assert.deepEqual(byClient.slice(1), [`downstream closed by ${peer.remote}`, ...end]);
  // Envoy says of the upstream only that it sends no more, and not who ended it. Then the client ends too, and either of
  // the two is the first to close.
  assert.equal(byUpstream[1], `upstream closed by ${peer.unknown}`);
  assert.match(byUpstream[2]!, /^downstream closed by [12]$/);
  assert.deepEqual(byUpstream.slice(3), end);
  assert.deepEqual(byPlugin.slice(1), [`downstream closed by ${peer.local}`, ...end]);
  proxy.assertUnharmed();
});

test("holds data from the client until it lets it go on", async () => {
  const client = await open();
  const started = performance.now();
  client.write("hold this");
  await client.hears("(15)first:hold this");
  assert.ok(performance.now() - started >= 79);
  client.destroy();
  proxy.assertUnharmed();
});

test("collects data from the client over several callbacks", async () => {
  const client = await open();
  client.write("collect a");
  await sleep(50);
  client.write(" b");
  await sleep(50);
  client.write(" c.");
  await client.hears("(20)first:collect a b c.");
  client.destroy();
});

test("asks a service whether data may go on", async () => {
  const allowed = await open();
  allowed.write("ask allowed");
  await allowed.hears("(17)first:ask allowed");
  const denied = await open();
  denied.write("ask denied");
  await denied.isClosed();
  assert.equal(denied.received, "");
  allowed.destroy();
  proxy.assertUnharmed();
});

test("holds a new connection until it lets it go on", async () => {
  const connections = first.sockets.length;
  const client = await open("holding");
  const started = performance.now();
  client.write("x");
  await sleep(40);
  assert.equal(first.sockets.length, connections, "it was connected at once");
  await client.hears("(7)first:x");
  assert.ok(performance.now() - started >= 60); // the hold of 100 ms began before the clock
  client.destroy();
});

test("sends a connection to the cluster that it puts into the filter state", async () => {
  const client = await open("elsewhere");
  client.write("x");
  await client.hears("(8)second:x");
  assert.equal(second.received.at(-1), "x");
  client.destroy();
});

test("closes a connection", async () => {
  for (const order of ["close", "close-upstream"]) {
    const client = await open();
    client.write("before");
    await client.hears("(12)first:before");
    client.write(order);
    await client.isClosed();
    assert.equal(client.received, "(12)first:before");
    proxy.assertUnharmed();
  }
});

test("keeps data from the upstream until more comes, for Envoy cannot let it go on before", async () => {
  const from = proxy.envoy.log.mark;
  const client = await open();
  client.write("WAIT");
  await proxy.envoy.log.waitFor(/env\.proxy_continue_stream return: 12$/, 5000, from);
  assert.equal(client.received, "");
  await client.hears("(18)wait held released");
  client.destroy();
  proxy.assertUnharmed();
});
