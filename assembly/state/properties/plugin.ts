import { text } from "./read";

/** This plugin, as the host's configuration has it. */

/** The filter's name; in Istio `<namespace>.<name>`. */
export function pluginName(): string | null {
  return text("plugin_name");
}

/** The `root_id`; in a WasmPlugin `pluginName`. */
export function rootId(): string | null {
  return text("plugin_root_id");
}

/** The `vm_id`: what shares it shares data and queues. */
export function vmId(): string | null {
  return text("plugin_vm_id");
}
