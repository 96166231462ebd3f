import type { BodyBuffer } from "./body-buffer.js";
import type { BufferType, HeaderMapType, StreamType } from "./enums.js";
import { Status } from "./enums.js";
import type { HeaderMap } from "./header-map.js";
import type { PropertyTree } from "./property-values.js";
import type { RootHost } from "./root-host.js";
import type { Vm } from "./vm.js";

/** A local reply as a plugin asked for it. */
export interface LocalReply {
  status: number;
  headers: [name: string, value: string][];
  body: Uint8Array;
  details: string;
  /** Undefined when the plugin gave none. */
  grpcStatus?: number;
}

/** What a hostcall may find in a buffer: bytes to read, or a body to change as well. */
export type Readable = Uint8Array | BodyBuffer;

/** A context on the host's side: what hostcalls can reach through it. The neutral answers stand here. */
export abstract class HostContext {
  readonly id: number;

  constructor(
    readonly vm: Vm,
    readonly properties: PropertyTree,
  ) {
    this.id = vm.newId();
    vm.contexts.set(this.id, this);
  }

  abstract get root(): RootHost;

  /** Fields that hostcalls may reach now. */
  headerMap(_type: HeaderMapType): HeaderMap | undefined {
    return undefined;
  }

  /** Bytes that hostcalls may reach now. */
  buffer(_type: BufferType): Readable | undefined {
    return undefined;
  }

  /** Tells the context that a buffer of its own has changed, which can be too large now. */
  bufferChanged(_type: BufferType): void {}

  property(path: string): Uint8Array | undefined {
    return this.properties.get(path);
  }

  setProperty(_path: string, _value: Uint8Array): Status {
    return Status.NotFound;
  }

  continueStream(_stream: StreamType): Status {
    return Status.BadArgument;
  }

  closeStream(_stream: StreamType): Status {
    return Status.BadArgument;
  }

  sendLocalReply(_reply: LocalReply): void {}

  /** The host is through with the context. */
  protected delete(): void {
    this.vm.call(this, "proxy_on_delete", this.id);
    this.vm.contexts.delete(this.id);
  }
}
