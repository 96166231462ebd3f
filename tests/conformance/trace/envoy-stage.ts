import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BootstrapOptions, Cluster } from "../../../cli/envoy/bootstrap.js";
import type { WasmFilter } from "../../../cli/envoy/filters.js";
import { findEnvoy } from "../../../cli/envoy/find.js";
import { Envoy } from "../../../cli/envoy/process.js";
import { Upstream } from "../../../cli/upstream.js";
import { metadataServer, requestWithMetadata } from "../http2-frames.js";
import { converse, send, sendAndLeave, type Settle, startTcpServer } from "./clients.js";
import { startGrpcServer } from "./grpc-script.js";
import type { Instrumented } from "./instrument.js";
import { allUpstreamLines, brokenOff, clientLines } from "./outside.js";
import { vmOf } from "./read.js";
import { RoomRecorder, type Recording } from "./recording.js";
import { type Act, type Room, tickLine } from "./acts.js";
import { answerOf, serviceAnswer } from "./answers.js";

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What is stopped in the end. */
interface Stoppable {
  port: number;
  stop(): unknown;
}

/** Plays the rooms on a real Envoy, all in one, room by room. */
export async function recordEnvoy(module: Instrumented, rooms: readonly Room[]): Promise<Recording> {
  const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-trace-"));
  const code = join(folder, "traced.wasm");
  const started: Stoppable[] = [];
  const start = async <T extends Stoppable>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    started.push(one);
    return one;
  };
  try {
    await writeFile(code, module.bytes);
    const upstreams = new Map<string, Upstream>();
    for (const room of rooms) upstreams.set(room.name, await start(Upstream.start(room.answer ?? answerOf)));
    const tcp = await start(startTcpServer());
    const clusters = await clustersOf({
      ...Object.fromEntries([...upstreams].map(([name, { port }]) => [`upstream-${name}`, port])),
      first: tcp.port,
      metadata: (await start(metadataServer([["x-of", "the response"]]))).port,
      service: (await start(Upstream.start(serviceAnswer))).port,
      echo: (await start(startGrpcServer())).port,
    });
    const envoy = await Envoy.start({
      binary: (await findEnvoy()).path,
      listeners: rooms.map((room) => listenerOf(room, code)),
      clusters,
      componentLogLevels: { wasm: "debug" },
    });
    const recorders = new Map(rooms.map((room) => [room.name, new RoomRecorder(room, module.names)]));
    const roomsOfVms = new Map<string, RoomRecorder>();
    let read = 0;
    const listen = () => {
      for (const line of envoy.log.lines.slice(read)) {
        const found = /^\[[^\]]+\]\[\d+\]\[(\w+)\]\[wasm\].*? wasm log([^:]*): (.*)$/.exec(line);
        const [, level = "", prefix = "", text = ""] = found ?? [];
        if (!found) continue;
        // The allocator is called for the VM itself, of which Envoy does not say whose it is.
        const vm = vmOf(text);
        const room = recorders.get(prefix.trim().split(" ").at(-1) ?? "") ?? roomsOfVms.get(vm ?? "");
        if (room && vm !== undefined) roomsOfVms.set(vm, room);
        room?.take({ level: level === "warning" ? "warn" : level, text });
      }
      read = envoy.log.mark;
    };
    let byItself = false;
    try {
      await sleep(100);
      listen();
      for (const recorder of recorders.values()) recorder.mark("start");
      const enter = async (room: Room) => {
        const recorder = recorders.get(room.name)!;
        const { requests } = upstreams.get(room.name)!;
        for (const act of room.acts) {
          if (envoy.ended !== null)
            throw new Error(`Envoy ended with ${envoy.ended}:\n${envoy.log.tail(40)}`);
          const [seen, heard, ticks] = [requests.length, tcp.received.length, recorder.ticks];
          const outside = await play(act, envoy.port(room.name), () => settle(recorder, listen));
          await quiet(recorder, listen);
          recorder.mark(act.name, [
            ...outside,
            ...allUpstreamLines(requests.slice(seen)),
            ...(room.tcp ? tcp.received.slice(heard) : []).map(
              (text) => `upstream: heard ${JSON.stringify(text)}`,
            ),
            ...tickLine(act, recorder.ticks - ticks),
          ]);
        }
      };
      await Promise.all(
        lanes(rooms).map(async (lane) => {
          for (const room of lane) await enter(room);
        }),
      );
    } finally {
      byItself = await envoy.stop();
    }
    if (!byItself) throw new Error(`Envoy did not end by itself:\n${envoy.log.tail(20)}`);
    listen();
    return Object.assign(
      {},
      ...rooms.map(({ name }) => {
        const recorder = recorders.get(name)!;
        recorder.mark("end");
        return recorder.finish();
      }),
    ) as Recording;
  } finally {
    for (const one of started) await one.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function play(act: Act, port: number, settle: Settle): Promise<string[]> {
  if ("waits" in act) {
    await sleep(act.waits);
    return [];
  }
  if ("metadata" in act) {
    await requestWithMetadata(port, act.metadata);
    return [];
  }
  if ("connection" in act) return converse(port, act.connection);
  if ("request" in act && act.request.leaves_after_ms !== undefined) {
    await sendAndLeave(port, act.request, act.request.leaves_after_ms);
    return [];
  }
  const asked = "request" in act ? [act.request] : act.requests;
  const gap = "request" in act ? 0 : act.gap;
  const answers = await Promise.all(
    asked.map(async (request, index) => {
      await sleep(index * gap);
      return send(port, request, settle).then(clientLines, () => brokenOff(request));
    }),
  );
  return answers.flat();
}

/** Waits until something was heard of a room; what a plugin is not told of it may be that nothing comes of. */
async function settle(recorder: RoomRecorder, listen: () => void): Promise<void> {
  const before = recorder.heard;
  for (const deadline = Date.now() + 60; recorder.heard === before && Date.now() < deadline; listen())
    await sleep(5);
  await sleep(10);
}

/**
 * Rooms of one lane follow each other; the others are played beside them. What a process has but once, metrics by their
 * names and versions of shared data, is of one lane.
 */
function lanes(rooms: readonly Room[]): Room[][] {
  const inLane = (room: Room) => (room.failurePolicy ? room.name : (room.lane ?? "others"));
  return [...new Set(rooms.map(inLane))].map((lane) => rooms.filter((room) => inLane(room) === lane));
}

/** Waits until nothing of the room's streams is left, or nothing more comes of those that a trap has left. */
async function quiet(recorder: RoomRecorder, listen: () => void): Promise<void> {
  let [heard, since] = [recorder.heard, Date.now()];
  for (const deadline = Date.now() + 2000; Date.now() < deadline; await sleep(10)) {
    listen();
    if (recorder.trace.openStreams <= 0) break;
    if (recorder.heard !== heard) [heard, since] = [recorder.heard, Date.now()];
    else if (Date.now() - since > 150) break;
  }
  // What a callback does after its stream is gone, a queue's notification, a log.
  await sleep(25);
  listen();
}

function listenerOf(room: Room, code: string): BootstrapOptions["listeners"][number] {
  const { name, rootId, configuration, vmConfiguration, environment, failurePolicy } = room;
  const filter: WasmFilter = {
    name,
    code,
    rootId,
    vmId: name,
    ...(configuration && { configuration }),
    ...(vmConfiguration !== undefined && { vmConfiguration }),
    ...(environment && { environment }),
    ...(failurePolicy && { failurePolicy, reloadInterval: "1s" }),
    ...(room.allowOnHeadersStopIteration && { allowOnHeadersStopIteration: true }),
  };
  if (room.tcp) return { name, networkFilters: [filter], cluster: "first" };
  return {
    name,
    filters: [filter],
    http1Trailers: true,
    routes: [{ cluster: room.upstream ?? `upstream-${name}` }],
    ...(room.bufferLimit !== undefined && { bufferLimit: room.bufferLimit }),
    ...(room.upstream === "metadata" && {
      codec: "HTTP2",
      more: { http2_protocol_options: { allow_metadata: true } },
    }),
  };
}

async function clustersOf(ports: Record<string, number>): Promise<Cluster[]> {
  const refused = await closedPort();
  const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  const metadata = {
    typed_extension_protocol_options: {
      [options]: {
        "@type": `type.googleapis.com/${options}`,
        explicit_http_config: { http2_protocol_options: { allow_metadata: true } },
      },
    },
  };
  const empty = (name: string) => ({
    more: { load_assignment: { cluster_name: name, endpoints: [] } },
  });
  return [
    ...Object.entries(ports).map(([name, port]): Cluster => ({
      name,
      address: { port },
      http1Trailers: true,
      http2: name === "metadata" || name === "echo",
      ...(name === "metadata" && { more: metadata }),
    })),
    { name: "refused", address: { port: refused } },
    { name: "refused-http2", address: { port: refused }, http2: true },
    { name: "empty", address: { port: 1 }, ...empty("empty") },
    { name: "empty-http2", address: { port: 1 }, http2: true, ...empty("empty-http2") },
  ];
}
