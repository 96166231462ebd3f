import { answerHttpCall, grpc } from "../host/play.js";
import { type Call, ScriptedHost } from "../host/scripted-host.js";
import type { Json } from "../plugins/schemas.js";
import { answerAtRandom, type Temper } from "./answers.js";
import { Random } from "./mutate.js";
import { FuzzedStream } from "./streams.js";
import { Traffic } from "./traffic.js";

/** What is freed is overwritten with this in stressed modules; nothing that goes in has it. */
const POISON = Buffer.alloc(4, 0xdb);
const MOST_STREAMS = 8;
/** How many callbacks may be under way within each other. */
const DEEPEST = 4;

/** A plugin's VM with a host that does what a host could do, in any order. */
export class FuzzedVm {
  callbacks = 0;
  streamsBegun = 0;
  readonly host: ScriptedHost;
  private readonly random: Random;
  private readonly traffic: Traffic;
  private temper: Temper = { fails: 0, lies: 0, hasForeign: true };
  private readonly streams = new Map<number, FuzzedStream>();
  private root = 0;
  private depth = 0;

  constructor(
    module: WebAssembly.Module,
    private readonly seed: number,
    private readonly configurations: readonly Json[],
    private readonly stressed: boolean,
  ) {
    this.random = new Random(seed);
    this.traffic = new Traffic(this.random, configurations[0]!);
    this.host = new ScriptedHost(module, (call) => this.look(call));
    this.host.recording = false;
    const { call } = this.host;
    this.host.call = (name, context, ...args) => {
      this.callbacks += 1;
      return call.call(this.host, name, context, ...args);
    };
    answerAtRandom(
      this.host,
      this.random,
      () => this.traffic,
      () => this.temper,
      (hostcall) => this.within(hostcall),
    );
    this.root = this.host.start(JSON.stringify(configurations[0]));
  }

  get memorySize(): number {
    return this.host.memory.buffer.byteLength;
  }

  /**
   * So many callbacks. A lap from the same seed is for the host as the one before: a module that remembers no more of
   * it keeps its memory.
   */
  lap(callbacks: number, seed: number = this.seed): void {
    const { random, host } = this;
    random.reset(seed);
    this.temper = {
      fails: random.pick([0, 200, 40, 8]),
      lies: random.pick([0, 60, 10]),
      hasForeign: random.oneIn(2),
    };
    const end = this.callbacks + callbacks;
    for (let step = 0; this.callbacks < end; step++) {
      // What the module did differently in a step must not lead to other traffic in all that follow.
      random.reset(seed + Math.imul(step, 0x2545f491));
      this.step();
    }
    for (const stream of [...this.streams.values()]) this.endStream(stream);
    for (const token of [...host.waiting.keys()]) this.giveUp(token);
  }

  /** A call's time is over. */
  private giveUp(token: number): void {
    const { host, root } = this;
    if (token % 4 === 0) answerHttpCall(host, root, token, { headers: [[":status", "504"]] });
    else if (token % 4 === 3) host.dnsResolved(root, token, new Uint8Array());
    else grpc.close(host, root, token, 4);
  }

  /** The VM's end: the root's, whose calls are cancelled, and then its streams'. */
  end(): void {
    this.host.waiting.clear();
    for (const stream of [...this.streams.values()]) this.endStream(stream);
    this.host.call("proxy_on_done", this.root);
    this.host.delete(this.root);
  }

  private step(): void {
    const { random, host } = this;
    host.clock += BigInt(random.below(random.oneIn(50) ? 2_000_000_000 : 3_000_000));
    switch (random.below(16)) {
      case 0:
      case 1:
        if (this.streams.size < MOST_STREAMS) this.begin();
        return;
      case 2:
      case 3:
      case 4:
        return this.answer();
      case 5:
        return random.oneIn(4) ? host.tick(this.root) : undefined;
      case 6:
        return random.oneIn(4) ? this.oddity() : undefined;
      default: {
        if (this.streams.size === 0) return this.begin();
        const stream = random.pick([...this.streams.values()]);
        stream.step();
        if (stream.ended) this.streams.delete(stream.id);
      }
    }
  }

  private begin(): void {
    const { host, random } = this;
    const stream = new FuzzedStream(host, random, () => this.traffic, this.root, random.oneIn(3));
    this.streams.set(stream.id, stream);
    this.streamsBegun += 1;
  }

  private endStream(stream: FuzzedStream): void {
    stream.end();
    this.streams.delete(stream.id);
  }

  /** Answers one of the calls that the plugin waits for. */
  private answer(): void {
    const { host } = this;
    const waiting = [...host.waiting.keys()];
    if (waiting.length > 0) this.answerTo(this.random.pick(waiting));
  }

  private answerTo(token: number): void {
    const { host, random, traffic, root } = this;
    const kind = token % 4;
    if (kind === 0) {
      if (random.oneIn(6)) return answerHttpCall(host, root, token);
      const answer = {
        headers: traffic.responseHeaders(),
        body: traffic.body(),
        trailers: traffic.fields(2),
      };
      return answerHttpCall(host, root, token, answer);
    }
    if (kind === 3) return host.dnsResolved(root, token, traffic.bytes(random.below(40)));
    switch (random.below(4)) {
      case 0:
        return grpc.initialMetadata(host, root, token, traffic.fields(3));
      case 1:
        return grpc.message(host, root, token, traffic.body());
      case 2:
        return grpc.trailingMetadata(host, root, token, traffic.fields(3));
      default:
        return grpc.close(host, root, token, random.below(18), traffic.value());
    }
  }

  /** What hosts do now and then: notices of queues, answers that nobody waits for, callbacks of contexts that are gone. */
  private oddity(): void {
    const { host, random, root } = this;
    switch (random.below(6)) {
      case 0:
      case 1:
        return host.queueReady(root, 1 + random.below(4));
      case 2: {
        const token = random.below(host.lastToken + 8);
        if (!host.waiting.has(token)) host.call("proxy_on_http_call_response", root, token, 0, 0, 0);
        return;
      }
      case 3:
        return host.foreign(root, random.below(4), this.traffic.bytes(random.below(16)));
      case 4: {
        // A stream that is logged though nothing of it was seen.
        const id = host.create(root);
        host.call("proxy_on_log", id);
        host.call("proxy_on_done", id);
        return host.delete(id);
      }
      default:
        return this.replaceRoot();
    }
  }

  /** A new configuration for the same VM; streams of the old root end with it. */
  private replaceRoot(): void {
    const { host, random } = this;
    if (!random.oneIn(50)) return;
    const configuration = random.pick(this.configurations);
    const next = host.create();
    if (host.configure(next, JSON.stringify(configuration))) {
      for (const stream of [...this.streams.values()]) this.endStream(stream);
      host.waiting.clear();
      host.call("proxy_on_done", this.root);
      host.delete(this.root);
      this.root = next;
    } else {
      host.delete(next);
    }
  }

  /** What a host may do while a hostcall of a stream is under way. A number is what the hostcall answers then. */
  private within(call: Call): number | undefined {
    const stream = this.streams.get(call.effective);
    if (call.name === "proxy_continue_stream") stream?.resumed(Number(call.args["stream"]));
    if (stream === undefined || stream.ended || this.depth >= DEEPEST) return undefined;
    this.depth += 1;
    try {
      if (call.name === "proxy_send_local_response") {
        stream.replied = true;
        if (this.random.oneIn(3)) stream.answerWithin();
        else if (this.random.oneIn(12)) this.endStream(stream);
      } else if (call.name === "proxy_set_buffer_bytes" && this.random.oneIn(32)) {
        this.endStream(stream);
        return 0;
      }
    } finally {
      this.depth -= 1;
    }
    return undefined;
  }

  private look({ name, args }: Call): void {
    if (!this.stressed) return;
    for (const value of Object.values(args)) {
      if (
        value instanceof Uint8Array &&
        Buffer.from(value.buffer, value.byteOffset, value.length).includes(POISON)
      )
        throw new Error(`${name} was given memory that is free`);
    }
  }
}
