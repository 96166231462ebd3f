import type { BodyBuffer } from "./body-buffer.js";
import { BufferType, type HeaderMapType, Status, StreamType } from "./enums.js";
import type { HeaderMap } from "./header-map.js";
import type { LocalReply } from "./local-reply.js";
import type { RootHost } from "./root-host.js";
import { noBytes } from "./text.js";
import type { Vm } from "./vm.js";

/** What a hostcall may find in a buffer: bytes to read, or a body to change as well. */
export type Readable = Uint8Array | BodyBuffer;

/** What is at a path of properties: bytes, or why there are none. */
export type PropertyResult = Uint8Array | Status.NotFound | Status.SerializationFailure;

/** A context on the host's side: what hostcalls can reach through it. The neutral answers stand here. */
export abstract class HostContext {
  readonly id: number;
  /** What `CallData` holds: the answer to a question, or whatever was reached last, as in Envoy. */
  callData: Readable = noBytes;
  /** Whether the module was told of it. */
  protected isCreated = false;

  constructor(readonly vm: Vm) {
    this.id = vm.newId();
    vm.contexts.set(this.id, this);
  }

  abstract get root(): RootHost;

  /** Fields that hostcalls may change now. */
  headerMap(_type: HeaderMapType): HeaderMap | undefined {
    return undefined;
  }

  /** Fields that hostcalls may read now; `NotFound` where there might have been some. */
  readableMap(type: HeaderMapType): HeaderMap | Status.NotFound | undefined {
    return this.headerMap(type);
  }

  /** Fields have changed. */
  headersChanged(_type: HeaderMapType): void {}

  /** Bytes that hostcalls may reach now. */
  buffer(type: BufferType): Readable | undefined {
    return type === BufferType.CallData ? this.callData : undefined;
  }

  /** Tells the context that a buffer of its own has changed, which can be too large now. */
  bufferChanged(_type: BufferType): void {}

  abstract property(path: string): PropertyResult;

  setProperty(_path: string, _value: Uint8Array): Status {
    return Status.NotFound;
  }

  /** Sets an object of Envoy's filter state, for as long as `span` says; false outside of a stream. */
  setFilterState(_key: string, _value: Uint8Array, _span: number): boolean {
    return false;
  }

  /** Envoy puts up with what the context has nothing of. */
  continueStream(stream: StreamType): Status {
    return stream === StreamType.Upstream ? Status.Unimplemented : Status.Ok;
  }

  closeStream(_stream: StreamType): Status {
    return Status.Ok;
  }

  sendLocalReply(_reply: LocalReply): void {}

  /** Tells the module of the context, once. */
  protected create(parent: number): void {
    if (this.isCreated) return;
    this.isCreated = true;
    this.vm.call(this, "proxy_on_context_create", this.id, parent);
  }

  /** The module is told that the context ends, if it was told that it is; then it is gone. */
  protected delete(): void {
    if (this.isCreated) this.vm.call(this, "proxy_on_delete", this.id);
    this.vm.contexts.delete(this.id);
  }
}
