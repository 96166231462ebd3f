import { Status } from "../enums.js";
import type { HostContext } from "../host-context.js";
import type { RootHost } from "../root-host.js";
import { toText } from "../text.js";
import type { Vm } from "../vm.js";

/** Functions by the names that modules import them by; they get and give wasm's numbers. */
export type Hostcalls = Record<string, (...args: never[]) => number | void>;

/** What hostcalls reach a module by: its memory, and the contexts that they act on. */
export class Access {
  constructor(readonly vm: Vm) {}

  /** The context that a hostcall acts on; none while the module starts. */
  get context(): HostContext | null {
    return this.vm.effective;
  }

  get root(): RootHost | undefined {
    return this.vm.effective?.root;
  }

  /** A copy of bytes; undefined where they do not all lie in memory. */
  read(address: number, size: number): Uint8Array | undefined {
    return this.vm.memory.read(address, size);
  }

  text(address: number, size: number): string | undefined {
    const bytes = this.read(address, size);
    return bytes === undefined ? undefined : toText(bytes);
  }

  /** Hands bytes over. */
  give(bytes: Uint8Array, addressOut: number, sizeOut: number): Status {
    return this.vm.memory.hand(bytes, addressOut, sizeOut) ? Status.Ok : Status.InvalidMemoryAccess;
  }

  giveU32(value: number, out: number): Status {
    return this.vm.memory.writeU32(out, value) ? Status.Ok : Status.InvalidMemoryAccess;
  }

  giveU64(value: bigint, out: number): Status {
    return this.vm.memory.writeU64(out, value) ? Status.Ok : Status.InvalidMemoryAccess;
  }
}
