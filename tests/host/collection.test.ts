import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { STRESS, hostOf } from "./module.js";
import { PlayedConnection, PlayedStream, REQUEST, answerHttpCall, grpc } from "./play.js";
import { randomNumbers } from "./random.js";
import type { Call, ScriptedHost } from "./scripted-host.js";

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
const STREAMS_AT_ONCE = 40;
/** How much more may be taken than after the first schedule: the pages of one growth step. */
const STEP = 8 * 4096;

const ACTIONS = [
  "call",
  "grpc",
  "grpc-stream",
  "grpc-cancel",
  "dns",
  "timer",
  "property",
  "garbage",
  "request-header",
  "response-header",
  "set-request",
  "set-response",
  "mark-all",
  "resume-all",
  "reply",
  "pause",
];
const CALLBACKS = [
  "requestHeaders",
  "requestBody",
  "responseHeaders",
  "responseBody",
  "answer",
  "grpcAnswer",
  "grpcFailure",
  "grpcClose",
  "resolved",
  "log",
];

/** Plays whatever the dice say, also within hostcalls, and looks at everything that the module kept meanwhile. */
class Schedule {
  readonly streams: { played: PlayedStream; text: string; next: number }[] = [];
  readonly connections: PlayedConnection[] = [];
  heard = 0;
  #nested = 0;

  constructor(
    readonly host: ScriptedHost,
    readonly root: number,
    readonly random: (bound: number) => number,
  ) {
    host.recording = false;
    host.on("proxy_get_property", () => {
      this.within();
      return { values: ["/"] };
    });
    host.on("proxy_send_local_response", () => {
      this.within();
      return 0;
    });
  }

  /** One more step within a hostcall, now and then, three deep at most. */
  within(): void {
    if (this.#nested >= 3 || this.random(3) !== 0) return;
    this.#nested += 1;
    this.step();
    this.#nested -= 1;
  }

  step(): void {
    const dice = this.random(100);
    if (dice < 20) this.begin();
    else if (dice < 50) this.proceed();
    else if (dice < 80) this.answer();
    else if (dice < 88) this.tick();
    else if (dice < 94) this.connect();
    else this.host.queueReady(this.root, 1);
  }

  begin(): void {
    if (this.streams.length >= STREAMS_AT_ONCE) return;
    const script = CALLBACKS.map((callback) => {
      // What an answer leads to leads to few answers itself.
      const most = /answer|grpc|resolved/i.test(callback) ? 2 : 4;
      const actions = Array.from({ length: this.random(most) }, () => ACTIONS[this.random(ACTIONS.length)]);
      return `${callback}: ${actions.join(" ")}`;
    });
    const played = new PlayedStream(this.host, this.root);
    const stream = { played, text: "", next: 0 };
    // All there is of a stream can be changed at any time.
    const { maps, buffers } = this.host.contexts.get(played.id)!;
    maps.set(2, []);
    buffers.set(0, new Uint8Array(0)).set(1, new Uint8Array(0));
    // Within the first callback the stream is nobody's to go on with.
    played.requestHeaders([...REQUEST, ["x-script", script.join("; ")]], false);
    stream.text = played.fields(0).find(([name]) => name === "x-text")![1];
    this.streams.push(stream);
  }

  proceed(): void {
    if (this.streams.length === 0) return;
    const index = this.random(this.streams.length);
    const [stream] = this.streams.splice(index, 1);
    const { played } = stream!;
    // A stream in the middle of a callback is not in the list, so that nothing ends it or goes on with it.
    if (stream!.next === 0) played.requestBody("a body");
    else if (stream!.next === 1) played.responseHeaders();
    else if (stream!.next === 2) played.responseBody("a body");
    else return this.end(stream!);
    stream!.next += 1;
    this.streams.push(stream!);
  }

  end({ played, text }: { played: PlayedStream; text: string }): void {
    const marked = played.fields(0).find(([name]) => name === "x-marked");
    if (marked !== undefined) assert.equal(marked[1], text);
    const lines = this.logged(() => played.close());
    assert.ok(lines.includes(`text ${text}`), lines.join("\n"));
  }

  /** What a step logs, without what came before. */
  logged(run: () => void): string[] {
    const from = this.host.logs.length;
    run();
    return this.host.logs.slice(from).map((line) => line.text);
  }

  answer(): void {
    const waiting = [...this.host.waiting];
    if (waiting.length === 0) return;
    const [token, call] = waiting[this.random(waiting.length)]!;
    const { host, root } = this;
    const note = noteOf(call);
    const alive = host.contexts.has(Number(note.split("/")[1]));
    const lines = this.logged(() => {
      if (call.name === "proxy_http_call")
        answerHttpCall(host, root, token, { headers: [[":status", "200"]], body: note });
      else if (call.name === "proxy_grpc_call") {
        if (this.random(2) === 0) grpc.message(host, root, token, note);
        else grpc.close(host, root, token, 14, note);
      } else if (call.name === "proxy_grpc_stream") {
        if (this.random(4) === 0) grpc.close(host, root, token, 0, note);
        else if (this.random(2) === 0) grpc.initialMetadata(host, root, token, [["a", "1"]]);
        else grpc.message(host, root, token, note);
      } else {
        const address = Buffer.from(`${note}\0`);
        host.dnsResolved(root, token, Buffer.concat([Buffer.from([1, 0, 0, 0, 5, 0, 0, 0]), address]));
      }
    });
    if (!alive) return assert.ok(!lines.some((line) => line.includes(` ${note}`)), lines.join("\n"));
    const about = lines.filter((line) => line.split(" ")[1] === note);
    assert.ok(about.length > 0, `${call.name} ${note}: ${lines.join("\n")}`);
    for (const line of about) {
      const text = line.startsWith("metadata") ? note : line.split(" ").at(line.startsWith("heard") ? 2 : -1);
      assert.ok(line.startsWith("resolved") || text === note, line);
    }
    this.heard += 1;
  }

  tick(): void {
    if (this.host.tickPeriod === 0) return;
    this.host.clock += BigInt(this.host.tickPeriod) * NANOSECONDS_PER_MILLISECOND;
    for (const line of this.logged(() => this.host.tick(this.root)))
      if (line.startsWith("timer ")) assert.match(line, /^timer timer\/\d+\/\d+$/);
  }

  connect(): void {
    const [connection] = this.connections.splice(0, this.random(2));
    if (connection === undefined) {
      const made = new PlayedConnection(this.host, this.root);
      made.connect();
      made.downstreamData("script downstreamData: set-downstream timer; upstreamData: set-downstream");
      this.connections.push(made);
      return;
    }
    if (this.random(2) === 0) {
      connection.upstreamData("data");
      this.connections.push(connection);
    } else {
      const lines = this.logged(() => connection.close());
      assert.ok(lines.some((line) => line.startsWith("text connection/0/")));
    }
  }

  /** Ends and answers all there is. */
  finish(): void {
    this.host.reset();
    for (const stream of this.streams.splice(0)) this.end(stream);
    for (const connection of this.connections.splice(0)) connection.close();
    while (this.host.waiting.size > 0) this.answer();
    while (this.host.tickPeriod !== 0) this.tick();
  }
}

/** The text by which the fixture knows what it asked for. */
function noteOf(call: Call): string {
  const from = { proxy_http_call: "body", proxy_grpc_call: "message", proxy_grpc_stream: "method" }[
    call.name
  ];
  return Buffer.from(call.args[from ?? "name"] as Uint8Array).toString();
}

suite("collection", () => {
  for (const [build, options, steps] of [
    ["between every two callbacks, with freed memory overwritten", STRESS, 40_000],
    ["when it is due", [], 40_000],
  ] as const) {
    test(`${build} leaves what is still in use: handlers, streams, timers, connections`, async () => {
      const host = await hostOf("scripted", [...options]);
      const root = host.start("queue: timer");
      // What the module takes for good (the arena, the texts that it wrote) it has after the first schedule.
      let use = Infinity;
      let heard = 0;
      let most = 0;
      for (let seed = 1; seed <= 4; seed++) {
        const schedule = new Schedule(host, root, randomNumbers(seed));
        for (let step = 0; step < steps / 4; step++) {
          schedule.step();
          if (step % 100 !== 0) continue;
          // Within another's callback a stream may not be answered, and the dice do not know that.
          const errors = host.logged(4).filter((line) => !line.startsWith("a stream cannot be answered"));
          assert.deepEqual(host.logged(5).concat(errors), []);
          host.forget();
          most = Math.max(most, host.ask("inAll"));
        }
        schedule.finish();
        heard += schedule.heard;
        host.forget();
        host.ask("collect");
        assert.equal(host.ask("contextsAlive"), 1);
        assert.equal(host.ask("answersPending"), 0);
        assert.ok(host.ask("inUse") <= use + STEP, `${host.ask("inUse")} bytes are in use, ${use} were`);
        if (seed === 1) use = host.ask("inUse");
      }
      assert.ok(heard > steps / 10, `${heard} answers were heard`);
      console.log(
        `${steps} steps, ${heard} answers heard; heap of ${most} bytes at most, ` +
          `${use} in use after the first schedule, ${host.ask("inUse")} at the end`,
      );
    });
  }
});
