import { type BufferType, type HeaderMapType, Status } from "./enums.js";
import { FilterState } from "./filter-state.js";
import type { HeaderMap } from "./header-map.js";
import { HostContext, type PropertyResult, type Readable } from "./host-context.js";
import { encodePairs } from "./pairs.js";
import { isGroup, type Properties, PropertyTree, segmentsOf } from "./property-values.js";
import type { RootHost } from "./root-host.js";
import { noBytes } from "./text.js";
import type { Vm } from "./vm.js";

/** What a stream can be given. */
export interface StreamOptions {
  properties?: Properties;
  /** What filters keep for each other: the plugins of one chain are given the same one for a stream. */
  filterState?: FilterState;
}

/** What an Envoy with one listener and one unnamed route says of any stream. */
const defaults = new PropertyTree({
  metadata: noBytes,
  "metadata.filter_metadata": encodePairs([]),
  connection_id: 0n,
  "connection.id": 0n,
  "connection.mtls": false,
  "connection.requested_server_name": "",
  "source.address": "127.0.0.1:50000",
  "source.port": 50000n,
  "destination.address": "127.0.0.1:10000",
  "destination.port": 10000n,
  "upstream.request_attempt_count": 0n,
  "xds.cluster_name": "upstream",
  "xds.cluster_metadata": noBytes,
  "xds.route_name": "",
  "xds.route_metadata": noBytes,
  "xds.virtual_host_name": "all",
  "xds.virtual_host_metadata": noBytes,
  "xds.filter_chain_name": "",
  "xds.listener_metadata": noBytes,
  "xds.listener_direction": 0n,
});

/** The context of a stream, HTTP or TCP: its properties, and its root's answers. */
export abstract class StreamHost extends HostContext {
  readonly filterState: FilterState;
  /** What the caller says of the stream; it comes before what follows from the stream itself. */
  readonly properties: PropertyTree;

  constructor(
    vm: Vm,
    override readonly root: RootHost,
    options: StreamOptions,
  ) {
    super(vm);
    this.properties = new PropertyTree(options.properties);
    this.filterState = options.filterState ?? new FilterState();
  }

  override readableMap(type: HeaderMapType): HeaderMap | Status.NotFound | undefined {
    return this.root.readableMap(type);
  }

  override buffer(type: BufferType): Readable | undefined {
    return super.buffer(type) ?? this.root.buffer(type);
  }

  override property(path: string): PropertyResult {
    const segments = segmentsOf(path);
    const [first = "", second] = segments;
    for (const find of [
      () => this.properties.get(segments),
      () => this.root.givenProperty(segments),
      () => this.ownProperty(segments) ?? Status.NotFound,
      () => defaults.get(segments),
    ]) {
      const found = find();
      if (found instanceof Uint8Array) return found;
    }
    if (segments.length === 1) {
      if (isGroup(first)) return Status.SerializationFailure;
      return this.filterState.get(`wasm.${first}`) ?? Status.NotFound;
    }
    const isState = first === "filter_state" && second !== undefined && segments.length === 2;
    return (isState ? this.filterState.get(second) : undefined) ?? Status.NotFound;
  }

  override setProperty(path: string, value: Uint8Array): Status {
    return this.filterState.setProperty(path, value, this.root.declarations.get(path));
  }

  override setFilterState(key: string, value: Uint8Array, span: number): boolean {
    this.filterState.set(key, value, span);
    return true;
  }

  /** What follows from the stream itself. */
  protected abstract ownProperty(segments: readonly string[]): Uint8Array | undefined;
}
