import { outData, outSize } from "./out";
import { Status } from "./status";

/** Where `getSharedData` has the host write the version of a value. */
const CAS = memory.data(4);

/** The version of the value that `getSharedData` gave. */
// @ts-ignore: decorator
@inline
export function hostCas(): u32 {
  return load<u32>(CAS);
}

// @ts-ignore: decorator
@external("env", "proxy_get_shared_data")
declare function proxy_get_shared_data(
  key: usize,
  keySize: usize,
  dataOut: usize,
  sizeOut: usize,
  casOut: usize,
): Status;

/** A value that all VMs with the same `vm_id` see, and its version (`hostCas()`). `NotFound` for an unknown key. */
// @ts-ignore: decorator
@inline
export function getSharedData(key: usize, keySize: usize): Status {
  return proxy_get_shared_data(key, keySize, outData(), outSize(), CAS);
}

// @ts-ignore: decorator
@external("env", "proxy_set_shared_data")
declare function proxy_set_shared_data(
  key: usize,
  keySize: usize,
  data: usize,
  size: usize,
  cas: u32,
): Status;

/**
 * Sets a value, if it still has this version; a `cas` of 0 sets it whatever there is. A key that is not there takes any
 * version. `CasMismatch` when somebody else was faster. There is no way to delete a key.
 */
// @ts-ignore: decorator
@inline
export function setSharedData(key: usize, keySize: usize, data: usize, size: usize, cas: u32): Status {
  return proxy_set_shared_data(key, keySize, data, size, cas);
}

// @ts-ignore: decorator
@external("env", "proxy_register_shared_queue")
declare function proxy_register_shared_queue(name: usize, nameSize: usize, idOut: usize): Status;

/** Makes a queue of this name, or finds it (`hostU32()`). The root context that registers last is told of entries. */
// @ts-ignore: decorator
@inline
export function registerSharedQueue(name: usize, nameSize: usize): Status {
  return proxy_register_shared_queue(name, nameSize, outData());
}

// @ts-ignore: decorator
@external("env", "proxy_resolve_shared_queue")
declare function proxy_resolve_shared_queue(
  vmId: usize,
  vmIdSize: usize,
  name: usize,
  nameSize: usize,
  idOut: usize,
): Status;

/** Finds the queue that a VM registered (`hostU32()`); an empty `vmId` is one's own. `NotFound` without one. */
// @ts-ignore: decorator
@inline
export function resolveSharedQueue(vmId: usize, vmIdSize: usize, name: usize, nameSize: usize): Status {
  return proxy_resolve_shared_queue(vmId, vmIdSize, name, nameSize, outData());
}

// @ts-ignore: decorator
@external("env", "proxy_enqueue_shared_queue")
declare function proxy_enqueue_shared_queue(queue: u32, data: usize, size: usize): Status;

/** Puts an entry at the end of a queue. `NotFound` for an unknown queue. */
// @ts-ignore: decorator
@inline
export function enqueueSharedQueue(queue: u32, data: usize, size: usize): Status {
  return proxy_enqueue_shared_queue(queue, data, size);
}

// @ts-ignore: decorator
@external("env", "proxy_dequeue_shared_queue")
declare function proxy_dequeue_shared_queue(queue: u32, dataOut: usize, sizeOut: usize): Status;

/** Takes the entry at the front of a queue. `Empty` when there is none, `NotFound` for an unknown queue. */
// @ts-ignore: decorator
@inline
export function dequeueSharedQueue(queue: u32): Status {
  return proxy_dequeue_shared_queue(queue, outData(), outSize());
}
