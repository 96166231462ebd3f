import { BodyBuffer, noBody } from "./body-buffer.js";
import { HttpCallouts } from "./callouts.js";
import { encodeAnswer, ownAnswer } from "./dns.js";
import { BufferType, HeaderMapType, Status } from "./enums.js";
import type { Declaration } from "./filter-state.js";
import { GrpcCallouts } from "./grpc-callouts.js";
import type { HeaderMap } from "./header-map.js";
import { HostContext, type PropertyResult, type Readable } from "./host-context.js";
import { encodePairs } from "./pairs.js";
import { isGroup, PropertyTree, segmentsOf } from "./property-values.js";
import type { DnsAnswer } from "./services.js";
import { noBytes, toBytes } from "./text.js";
import { Timer } from "./timer.js";
import type { Vm } from "./vm.js";

/** A root context on the host's side: configuration, ticks, and the callouts of all its streams. */
export class RootHost extends HostContext {
  readonly timer = new Timer();
  readonly httpCalls = new HttpCallouts(this);
  readonly grpcCalls = new GrpcCallouts(this);
  /** How plugins' properties were declared, by their names. */
  readonly declarations = new Map<string, Declaration>();
  /** How the call ended whose answer the module is told of. */
  callStatus: { code: number; message: Uint8Array } = { code: 0, message: noBytes };
  /** What is given for the root and every stream. */
  private readonly given: PropertyTree;
  private configuration: Uint8Array | undefined;
  private readonly metadata = new Map<HeaderMapType, HeaderMap>();
  private message = noBody;
  private ended = false;
  private waitsForDone = false;
  /** Why the plugin did not take its configuration, in Envoy's words; null when it did. */
  refusal: string | null = null;

  constructor(vm: Vm) {
    super(vm);
    const { pluginName = "", rootId = "", vmId = "" } = vm.settings;
    this.given = new PropertyTree({
      plugin_name: pluginName,
      plugin_root_id: rootId,
      plugin_vm_id: vmId,
      "xds.node": noBytes,
      "xds.node.id": "as-proxy-wasm",
      "xds.node.cluster": "as-proxy-wasm",
      "xds.node.metadata": encodePairs([]),
      ...vm.settings.properties,
    });
  }

  override get root(): RootHost {
    return this;
  }

  /**
   * Starts and configures the plugin. A callback that traps has answered 0, which refuses. A trap that these callbacks
   * do not end by, in an allocation or before them, refuses nothing: Envoy takes the plugin then, and serves nobody.
   * (cpp-host, `ContextBase::onStart`)
   */
  configure(): void {
    this.create(0);
    if (this.has("proxy_on_vm_start")) {
      const size = this.vmConfiguration.length;
      const { value } = this.vm.callRegardless(this, "proxy_on_vm_start", this.id, size);
      if (value === 0) return this.refuse("Failed to start base Wasm");
    }
    if (this.vm.failure !== null || !this.has("proxy_on_configure")) return;
    this.configuration = toBytes(this.vm.settings.pluginConfig ?? noBytes);
    const size = this.configuration.length;
    const { value } = this.vm.call(this, "proxy_on_configure", this.id, size);
    this.configuration = undefined;
    if (value === 0) this.refuse("Failed to configure base Wasm plugin");
  }

  private refuse(why: string): void {
    this.refusal = why;
    this.vm.fail(why);
  }

  /** Calls a callback without arguments, unless the plugin has ended. */
  tick(): void {
    if (!this.ended) this.vm.call(this, "proxy_on_tick", this.id);
  }

  queueReady(queue: number): void {
    if (!this.ended) this.vm.call(this, "proxy_on_queue_ready", this.id, queue);
  }

  /** Asks for a name's addresses. What needs no asking, addresses and `localhost`, is answered within the hostcall. */
  resolveDns(name: string, token: number): void {
    const { dns, later } = this.vm.settings;
    if (dns === undefined) this.dnsResolved(token, ownAnswer(name));
    else later(async () => this.dnsResolved(token, await dns(name)));
  }

  grpcMetadata(callback: string, token: number, type: HeaderMapType, metadata: HeaderMap): void {
    this.metadata.set(type, metadata);
    this.vm.call(this, callback, this.id, token, metadata.length);
    this.metadata.delete(type);
  }

  private dnsResolved(token: number, answer: DnsAnswer): void {
    const bytes = encodeAnswer(answer);
    this.callData = bytes;
    if (!this.ended) this.vm.call(this, "envoy_on_resolve_dns", this.id, token, bytes.length);
  }

  grpcReceived(token: number, message: Uint8Array): void {
    this.message = new BodyBuffer(message);
    this.vm.call(this, "proxy_on_grpc_receive", this.id, token, message.length);
    this.message = noBody;
  }

  grpcClosed(token: number, status: number, message: string): void {
    this.withStatus(status, message, () => this.vm.call(this, "proxy_on_grpc_close", this.id, token, status));
  }

  /** Lets `proxy_get_status` tell how a call ended. The code stays until the next one. */
  withStatus(code: number, message: string, action: () => void): void {
    this.callStatus = { code, message: toBytes(message) };
    action();
    this.callStatus = { code, message: noBytes };
  }

  override buffer(type: BufferType): Readable | undefined {
    if (type === BufferType.VmConfiguration) return this.vmConfiguration;
    if (type === BufferType.PluginConfiguration) return this.configuration;
    if (type === BufferType.HttpCallResponseBody) return this.httpCalls.answer?.body;
    if (type === BufferType.GrpcReceiveBuffer) return this.message;
    // Those of streams are there and empty.
    return super.buffer(type) ?? noBody;
  }

  override readableMap(type: HeaderMapType): HeaderMap | undefined {
    if (type === HeaderMapType.HttpCallResponseHeaders) return this.httpCalls.answer?.headers;
    if (type === HeaderMapType.HttpCallResponseTrailers) {
      const trailers = this.httpCalls.answer?.trailers;
      return trailers !== undefined && trailers.length > 0 ? trailers : undefined;
    }
    return this.metadata.get(type);
  }

  /** What `proxy_get_configuration` of ABI 0.1.0 gives. */
  get currentConfiguration(): Uint8Array {
    return this.configuration ?? this.vmConfiguration;
  }

  override property(path: string): PropertyResult {
    return this.givenProperty(segmentsOf(path));
  }

  /** What is given for the root and every stream. Only xDS is a group without a stream. */
  givenProperty(segments: readonly string[]): PropertyResult {
    const found = this.given.get(segments);
    if (found !== Status.SerializationFailure) return found;
    return isGroup(segments[0] ?? "") ? Status.SerializationFailure : Status.NotFound;
  }

  /** Ends the plugin, as when its configuration is replaced. One that answers false ends with `done`. */
  end(): void {
    if (this.ended || this.waitsForDone) return;
    const done = this.has("proxy_on_done") ? this.vm.call(this, "proxy_on_done", this.id).value : 1;
    if (done === 0 && this.vm.failure === null) this.waitsForDone = true;
    else this.finish();
  }

  /** The plugin is done after all. */
  done(): Status {
    if (!this.waitsForDone) return Status.NotFound;
    this.waitsForDone = false;
    this.vm.afterCall(() => this.finish());
    return Status.Ok;
  }

  /** Nothing is heard of it any more. */
  abandon(): void {
    this.ended = true;
    this.timer.set(0);
    this.httpCalls.cancelAll();
    this.grpcCalls.cancelAll();
  }

  private finish(): void {
    this.delete();
    this.abandon();
  }

  private get vmConfiguration(): Uint8Array {
    return toBytes(this.vm.settings.vmConfig ?? noBytes);
  }

  private has(callback: string): boolean {
    return this.vm.has(callback);
  }
}
