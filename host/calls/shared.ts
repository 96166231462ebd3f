import { Status } from "../enums.js";
import type { Access, Hostcalls } from "./access.js";

/** Data and queues that VMs share. */
export function sharedCalls(access: Access): Hostcalls {
  const { settings } = access.vm;
  const { shared } = settings;
  const vmId = settings.vmId ?? "";
  return {
    proxy_get_shared_data: (key: number, keySize: number, data: number, size: number, cas: number) => {
      const name = access.read(key, keySize);
      if (name === undefined) return Status.InvalidMemoryAccess;
      const entry = shared.get(vmId, name);
      if (entry === undefined) return Status.NotFound;
      return access.give(entry.value, data, size) || access.giveU32(entry.cas, cas);
    },
    proxy_set_shared_data: (key: number, keySize: number, data: number, size: number, cas: number) => {
      const [name, value] = [access.read(key, keySize), access.read(data, size)];
      if (name === undefined || value === undefined) return Status.InvalidMemoryAccess;
      return shared.set(vmId, name, value, cas >>> 0);
    },
    proxy_register_shared_queue: (name: number, nameSize: number, out: number) => {
      const bytes = access.read(name, nameSize);
      const owner = access.root;
      if (bytes === undefined || owner === undefined) return Status.InvalidMemoryAccess;
      // The owner hears of an entry later, on its own thread.
      const notify = (queue: number) => settings.later(() => owner.queueReady(queue));
      return access.giveU32(shared.registerQueue(vmId, bytes, notify), out);
    },
    proxy_resolve_shared_queue: (vm: number, vmSize: number, name: number, nameSize: number, out: number) => {
      const [other, bytes] = [access.text(vm, vmSize), access.read(name, nameSize)];
      if (other === undefined || bytes === undefined) return Status.InvalidMemoryAccess;
      const id = shared.resolveQueue(other === "" ? vmId : other, bytes);
      return id === undefined ? Status.NotFound : access.giveU32(id, out);
    },
    proxy_enqueue_shared_queue: (queue: number, data: number, size: number) => {
      const entry = access.read(data, size);
      return entry === undefined ? Status.InvalidMemoryAccess : shared.enqueue(queue, entry);
    },
    proxy_dequeue_shared_queue: (queue: number, data: number, size: number) => {
      const entry = shared.dequeue(queue);
      return entry instanceof Uint8Array ? access.give(entry, data, size) : entry;
    },
  };
}
