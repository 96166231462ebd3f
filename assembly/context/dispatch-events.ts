import { BufferType } from "../abi/enums";
import { getBufferBytes } from "../abi/buffers";
import { hostData, hostSize } from "../abi/out";
import { Status } from "../abi/status";
import { enter, leave } from "../runtime/entry";
import { copyOf, slice } from "../runtime/slice";
import { activate, activeRoot, restore } from "./active";
import { Context } from "./context";
import { findRoot } from "./dispatch";
import { findContext } from "./table";

/** From the host's news, which nobody asked for, to the contexts. */

/** There is something in a queue: the root that registered it is told, and those of its overrides. */
export function queueReady(id: u32, queue: u32): void {
  const root = findRoot(id);
  if (root === null) return;
  const entry = enter(id);
  const outer = activeRoot();
  activate(root);
  root.onQueueReady(queue);
  const variants = root.variants_;
  if (variants !== null) {
    for (let i = 0; i < variants.length; i++) {
      const variant = variants.at(i);
      if (variant === null) continue;
      activate(variant);
      variant.onQueueReady(queue);
    }
  }
  restore(outer);
  leave(entry);
}

/** Envoy has new figures. */
export function statsUpdated(id: u32, size: u32): void {
  const root = findRoot(id);
  if (root === null) return;
  const entry = enter(id);
  const outer = activeRoot();
  activate(root);
  root.onStatsUpdate(size);
  restore(outer);
  leave(entry);
}

/** A function of the host's calls back. */
export function foreignFunction(id: u32, functionId: u32, size: u32): void {
  const handle = findContext(id);
  if (handle === null || handle.id != id) return;
  const entry = enter(id);
  const outer = activeRoot();
  const context = changetype<Context>(handle);
  activate(context.root_);
  const status = size == 0 ? Status.NotFound : getBufferBytes(BufferType.ForeignFunctionArguments, 0, size);
  context.onForeignFunction(functionId, copyOf(status == Status.Ok ? slice(hostData(), hostSize()) : 0));
  restore(outer);
  leave(entry);
}
