import { hostData, hostSize, hostU32 } from "../abi/out";
import {
  dequeueSharedQueue,
  enqueueSharedQueue,
  registerSharedQueue,
  resolveSharedQueue,
} from "../abi/shared";
import { Status } from "../abi/status";
import { unexpected } from "../runtime/failure";
import { copyOf, dataOf, sizeOf, slice, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";

/**
 * A queue that VMs share. One VM hears of entries, in `RootContext.onQueueReady`: the one that registered the name last,
 * on whichever worker that is. Who wants every VM to hear gives each a queue of its own.
 */
@final
export class SharedQueue {
  private constructor(
    /** The host's number for the queue, as `onQueueReady` has it. */
    readonly id: u32,
  ) {}

  /** Makes a queue of this name, or finds it, and has the root context that asks told of entries from now on. */
  static register(name: string): SharedQueue | null {
    const bytes = encode(name);
    const status = registerSharedQueue(dataOf(bytes), sizeOf(bytes));
    if (status == Status.Ok) return new SharedQueue(hostU32());
    unexpected("proxy_register_shared_queue", status);
    return null;
  }

  /** Finds a queue that a VM has registered; null without one. An empty `vmId` stands for one's own. */
  static resolve(name: string, vmId: string = ""): SharedQueue | null {
    const vm = encode(vmId);
    const bytes = encode(name);
    const status = resolveSharedQueue(dataOf(vm), sizeOf(vm), dataOf(bytes), sizeOf(bytes));
    if (status == Status.Ok) return new SharedQueue(hostU32());
    if (status != Status.NotFound) unexpected("proxy_resolve_shared_queue", status);
    return null;
  }

  /** Puts an entry at the end. False when the queue is gone. */
  enqueue(entry: Uint8Array): bool {
    const bytes = sliceOf(entry);
    const status = enqueueSharedQueue(this.id, dataOf(bytes), sizeOf(bytes));
    if (status != Status.Ok && status != Status.NotFound) unexpected("proxy_enqueue_shared_queue", status);
    return status == Status.Ok;
  }

  /** Takes the entry at the front; null when there is none, or the queue is gone. */
  dequeue(): Uint8Array | null {
    const status = dequeueSharedQueue(this.id);
    if (status == Status.Ok) return copyOf(slice(hostData(), hostSize()));
    if (status != Status.Empty && status != Status.NotFound) unexpected("proxy_dequeue_shared_queue", status);
    return null;
  }
}
