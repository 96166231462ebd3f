import type { ScriptedHost } from "../host/scripted-host.js";
import type { Random } from "./mutate.js";
import type { Traffic } from "./traffic.js";

const PAUSE = 1;

/** The side of a stream: what its callbacks are called, and where what they are about lies. */
interface Side {
  name: "request" | "response";
  headers: number;
  trailers: number;
  buffer: number;
}
const sides: readonly Side[] = [
  { name: "request", headers: 0, trailers: 1, buffer: 0 },
  { name: "response", headers: 2, trailers: 3, buffer: 1 },
];

/** How far a side has come. */
enum Stage {
  Nothing,
  Headers,
  Body,
  Over,
}

/** An HTTP stream that goes its way as Envoy could have it: with pauses, resets and answers at any point. */
export class FuzzedStream {
  readonly id: number;
  replied = false;
  ended = false;
  private readonly stages = [Stage.Nothing, Stage.Nothing];
  private readonly paused = [false, false];

  constructor(
    private readonly host: ScriptedHost,
    private readonly random: Random,
    private readonly traffic: () => Traffic,
    readonly root: number,
    /** Whether bodies come though the headers wait. (`allow_on_headers_stop_iteration`) */
    private readonly bodiesAnyway: boolean,
  ) {
    this.id = host.create(root);
  }

  /** Makes one of the callbacks that may come next; the last ones end the stream. */
  step(): void {
    const { random } = this;
    // A client leaves, an upstream resets.
    if (random.oneIn(24)) return this.end();
    const side = this.nextSide();
    if (side < 0) return this.end();
    this.advance(side);
  }

  /** Which side goes on: the response only when the request is over, or early; -1 when neither can. */
  private nextSide(): number {
    const [request, response] = this.stages;
    if (response !== Stage.Nothing || this.replied) return response === Stage.Over ? -1 : 1;
    if (request === Stage.Over) return this.paused[0]! && !this.random.oneIn(6) ? -2 : 1;
    return this.random.oneIn(16) ? 1 : 0;
  }

  private advance(index: number): void {
    const { random, host, id } = this;
    if (index < 0) return;
    const side = sides[index]!;
    const context = host.contexts.get(id)!;
    const stage = this.stages[index]!;
    if (stage !== Stage.Nothing && this.paused[index]! && !this.bodiesAnyway && stage === Stage.Headers)
      return;
    const last = random.oneIn(2);
    let action: number | undefined;
    if (stage === Stage.Nothing) {
      const fields = index === 0 ? this.traffic().requestHeaders() : this.traffic().responseHeaders();
      context.maps.set(side.headers, fields);
      this.stages[index] = last ? Stage.Over : Stage.Headers;
      action = host.call(`proxy_on_${side.name}_headers`, id, fields.length, Number(last));
    } else if (random.oneIn(6)) {
      const fields = this.traffic().fields(4);
      context.maps.set(side.trailers, fields);
      this.stages[index] = Stage.Over;
      action = host.call(`proxy_on_${side.name}_trailers`, id, fields.length);
    } else {
      // While it waits, the host keeps what came before.
      const before = this.paused[index]!
        ? (context.buffers.get(side.buffer) ?? new Uint8Array())
        : new Uint8Array();
      const body = Buffer.concat([
        before.length > 1 << 16 ? new Uint8Array() : before,
        this.traffic().body(),
      ]);
      context.buffers.set(side.buffer, body);
      this.stages[index] = last ? Stage.Over : Stage.Body;
      action = host.call(`proxy_on_${side.name}_body`, id, body.length, Number(last));
    }
    this.paused[index] = action === PAUSE;
  }

  /** The host was told to go on with a side. */
  resumed(side: number): void {
    if (side < 2) this.paused[side] = false;
  }

  /** What Envoy does within the hostcall that answers: the response's callbacks, as far as they have not come. */
  answerWithin(): void {
    if (this.stages[1] !== Stage.Nothing) return;
    this.advance(1);
    if (!this.ended && this.random.oneIn(2)) this.advance(1);
  }

  /** Its end in Envoy's order: log, done, delete. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.host.call("proxy_on_log", this.id);
    this.host.call("proxy_on_done", this.id);
    this.host.delete(this.id);
  }
}
