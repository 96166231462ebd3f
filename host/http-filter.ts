import { DataStatus, HeadersStatus } from "./enums.js";
import type { SideCallbacks } from "./http-side.js";
import type { HttpStream } from "./http-stream.js";
import type { StreamRules } from "./stream-steps.js";
import type { LocalReply } from "./local-reply.js";
import { noBytes, toBytes } from "./text.js";

type Direction = "request" | "response";

/** How Envoy answers for a plugin that is dead. */
const wasmFailed: LocalReply = {
  status: 503,
  headers: [],
  body: noBytes,
  details: "wasm_fail_stream",
  grpcStatus: 14,
};

const tooLarge: Record<Direction, LocalReply> = {
  request: {
    status: 413,
    headers: [],
    body: toBytes("Payload Too Large"),
    details: "request_payload_too_large",
  },
  response: {
    status: 500,
    headers: [],
    body: toBytes("Internal Server Error"),
    details: "response_payload_too_large",
  },
};

const readStatus = (value: number, largest: number, instead: number): number =>
  value >>> 0 > largest ? instead : value;

/** The module's callbacks as a filter of a stream, with what its answers mean. (cpp-host, `src/context.cc`) */
export class HttpFilter {
  private hasFailed = false;

  constructor(
    private readonly stream: HttpStream,
    private readonly rules: StreamRules,
  ) {}

  /** Whether the stream passes the plugin untouched. */
  get isSkipped(): boolean {
    return this.rules.skipped;
  }

  side(direction: Direction): SideCallbacks {
    return {
      onHeaders: (count, end) => this.headers(direction, count, end),
      onBody: (size, end) => this.body(direction, size, end),
      onTrailers: (count) => this.trailers(direction, count),
      onOverflow: () => this.stream.answer(tooLarge[direction]),
      isOver: () => this.stream.isOver,
    };
  }

  /** HTTP/2's metadata, which go on whatever the module answers. */
  metadata(direction: Direction, count: number): void {
    this.ask(direction, "metadata", [count]);
  }

  /** A stream that the module did not see is made known to it to be logged. */
  log(): void {
    if (this.isSkipped || this.isDead) return;
    this.stream.createInModule();
    this.stream.vm.call(this.stream, "proxy_on_log", this.stream.id);
  }

  done(): void {
    if (!this.isSkipped && this.stream.isKnownToModule) {
      this.stream.vm.call(this.stream, "proxy_on_done", this.stream.id);
    }
  }

  private headers(direction: Direction, count: number, end: boolean): HeadersStatus {
    if (direction === "request" && !this.isSkipped && !this.isDead) this.stream.createInModule();
    const isOld = this.stream.vm.guest.abiVersion === "0_1_0";
    const args = isOld ? [count] : [count, Number(end)];
    const answer = this.ask(direction, "headers", args);
    if (answer === "passes") return HeadersStatus.Continue;
    if (answer === "stopped") return HeadersStatus.StopAllIterationAndWatermark;
    const all = HeadersStatus.StopAllIterationAndWatermark;
    const status = readStatus(answer, all, all) as HeadersStatus;
    return status === HeadersStatus.StopIteration && !this.rules.allowStopIteration ? all : status;
  }

  private body(direction: Direction, size: number, end: boolean): DataStatus {
    const answer = this.ask(direction, "body", [size, Number(end)]);
    if (answer === "passes") return DataStatus.Continue;
    if (answer === "stopped") return DataStatus.StopIterationNoBuffer;
    const none = DataStatus.StopIterationNoBuffer;
    return readStatus(answer, none, none);
  }

  private trailers(direction: Direction, count: number): boolean {
    const answer = this.ask(direction, "trailers", [count]);
    return answer === "passes" || answer === 0;
  }

  /** What the module answers; that all passes where it is not asked, or that all stops where that is settled already. */
  private ask(direction: Direction, what: string, args: number[]): number | "passes" | "stopped" {
    const { stream } = this;
    if (this.isSkipped || (this.hasFailed && direction === "response")) return "passes";
    if (this.isDead) return this.fail();
    if (!stream.isKnownToModule) return "passes";
    const { value, stopped } = stream.vm.call(stream, `proxy_on_${direction}_${what}`, stream.id, ...args);
    if (this.isDead) return this.fail();
    stream.answered(value);
    return stopped ? "stopped" : value;
  }

  private get isDead(): boolean {
    return this.stream.vm.failure !== null;
  }

  private fail(): "stopped" {
    if (!this.hasFailed) {
      this.hasFailed = true;
      this.stream.answer(wasmFailed);
    }
    return "stopped";
  }
}
