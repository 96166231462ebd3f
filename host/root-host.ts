import { BufferType, HeaderMapType, Status } from "./enums.js";
import { HeaderMap } from "./header-map.js";
import { HostContext, type Readable } from "./host-context.js";
import type { HttpAnswer, HttpCall, HttpOutcome } from "./options.js";
import type { PropertyTree } from "./property-values.js";
import { noBytes, toBytes } from "./text.js";
import type { Vm } from "./vm.js";

/** The answer to a callout while the module reads it. */
interface CurrentAnswer {
  headers: HeaderMap;
  body: Uint8Array;
  trailers: HeaderMap;
}

/** How Envoy dresses up a call that failed. (Seen on Envoy 1.40) */
const failures: Record<"timeout" | "refused" | "reset", HttpAnswer> = {
  timeout: { status: 504, body: "upstream request timeout" },
  refused: {
    status: 503,
    body: "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure",
  },
  reset: {
    status: 503,
    body: "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
  },
};

/** A root context on the host's side: configuration, ticks, and the callouts of all its streams. */
export class RootHost extends HostContext {
  /** How often it ticks, in milliseconds; 0 when it does not. */
  tickPeriod = 0;
  private tickLeft = 0;
  private configuration: Uint8Array | undefined;
  private answer: CurrentAnswer | undefined;
  private readonly underWay = new Set<Promise<void>>();
  private ended = false;
  private waitsForDone = false;
  /** How the call ended whose answer the module is told of. */
  readonly callStatus = { status: 0, message: noBytes };

  constructor(
    vm: Vm,
    properties: PropertyTree,
    private readonly vmConfiguration: Uint8Array,
    private readonly pluginConfiguration: Uint8Array,
  ) {
    super(vm, properties);
    vm.call(this, "proxy_on_context_create", this.id, 0);
  }

  override get root(): RootHost {
    return this;
  }

  /** Starts and configures the plugin; says whether it took both. */
  configure(): boolean {
    const start = this.vm.call(this, "proxy_on_vm_start", this.id, this.vmConfiguration.length);
    if (this.vm.failure !== null || start.value === 0) return false;
    this.configuration = this.pluginConfiguration;
    const configured = this.vm.call(this, "proxy_on_configure", this.id, this.pluginConfiguration.length);
    this.configuration = undefined;
    return this.vm.failure === null && configured.value !== 0;
  }

  setTickPeriod(milliseconds: number): void {
    this.tickPeriod = milliseconds;
    this.tickLeft = milliseconds;
  }

  /** Lets time pass: ticks as often as the period goes into it. */
  pass(milliseconds: number): void {
    let left = milliseconds;
    while (this.tickPeriod > 0 && this.tickLeft <= left && this.vm.failure === null) {
      left -= this.tickLeft;
      this.tickLeft = this.tickPeriod;
      this.vm.call(this, "proxy_on_tick", this.id);
    }
    this.tickLeft -= left;
  }

  queueReady(queue: number): void {
    if (!this.ended) this.vm.call(this, "proxy_on_queue_ready", this.id, queue);
  }

  /** Makes a call; its token, or undefined for a cluster that does not exist. */
  httpCall(call: HttpCall): number | undefined {
    const made = this.vm.settings.httpCalls?.(call);
    if (made === undefined) return undefined;
    const token = this.vm.newHttpToken();
    const answered: Promise<void> = Promise.resolve(made)
      .then((outcome) => this.answerHttpCall(token, outcome))
      .finally(() => this.underWay.delete(answered));
    this.underWay.add(answered);
    return token;
  }

  /** Waits until no answer is under way any more, not even to what the answers led to. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  override buffer(type: BufferType): Readable | undefined {
    if (type === BufferType.VmConfiguration) return this.vmConfiguration;
    if (type === BufferType.PluginConfiguration) return this.configuration;
    if (type === BufferType.HttpCallResponseBody) return this.answer?.body;
    return undefined;
  }

  override headerMap(type: HeaderMapType): HeaderMap | undefined {
    if (type === HeaderMapType.HttpCallResponseHeaders) return this.answer?.headers;
    if (type === HeaderMapType.HttpCallResponseTrailers) return this.answer?.trailers;
    return undefined;
  }

  /** Ends the plugin, as when its configuration is replaced. One that answers false ends with `done`. */
  end(): void {
    if (this.ended || this.waitsForDone) return;
    const answer = this.vm.call(this, "proxy_on_done", this.id);
    if (answer.value === 0) this.waitsForDone = true;
    else this.finish();
  }

  /** The plugin is done after all. */
  done(): Status {
    if (!this.waitsForDone) return Status.NotFound;
    this.waitsForDone = false;
    this.vm.afterCall(() => this.finish());
    return Status.Ok;
  }

  private finish(): void {
    this.ended = true;
    this.vm.call(this, "proxy_on_log", this.id);
    this.delete();
  }

  private answerHttpCall(token: number, outcome: HttpOutcome): void {
    if (this.ended) return;
    const failed = typeof outcome === "string" || outcome === undefined;
    const answer = failed ? failures[outcome ?? "refused"] : outcome;
    const headers = new HeaderMap(answer.headers);
    if (headers.get(":status") === undefined) headers.set(":status", String(answer.status ?? 200));
    if (!failed && headers.get("x-envoy-upstream-service-time") === undefined) {
      headers.add("x-envoy-upstream-service-time", "0");
    }
    const body = toBytes(answer.body ?? noBytes);
    const trailers = new HeaderMap(answer.trailers);
    this.answer = { headers, body, trailers };
    this.vm.call(
      this,
      "proxy_on_http_call_response",
      this.id,
      token,
      headers.length,
      body.length,
      trailers.length,
    );
    this.answer = undefined;
  }
}
