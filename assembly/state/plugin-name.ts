import { encode } from "../runtime/utf8";
import { propertyText } from "./properties/find";

/** The name that the host's configuration gives the plugin; `plugin` where it gives none. */
export function pluginName(): string {
  const name = propertyText(encode("plugin_name"));
  return name === null || name.length == 0 ? "plugin" : name;
}
