import { pluginName } from "./plugin-name";

const SLASH: i32 = 0x2f;
const TILDE: i32 = 0x7e;

/** The plugin's name as the value of a label, which is how Envoy writes it in the names of its own statistics. */
export function pluginLabel(): string {
  return labelOfPlugin(pluginName());
}

/**
 * A plugin's name without what Istio puts around it: `default_shop` for
 * `extensions.istio.io/trafficextension/default.shop~istio-translated-wasmplugin`. What is not a letter or a digit becomes
 * `_`: so does Envoy's Prometheus page, and tag rules of others take dots for their own.
 */
export function labelOfPlugin(name: string): string {
  let label = "";
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code == TILDE) break;
    const isPlain = <u32>((code | 0x20) - 0x61) < 26 || <u32>(code - 0x30) < 10;
    if (code == SLASH) label = "";
    else label += isPlain ? name.charAt(i) : "_";
  }
  return label;
}
