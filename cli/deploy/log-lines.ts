import { framesOf, isTrapHead } from "../check/trap.js";
import type { Deployed } from "./wasm-plugins.js";

/** Levels by logger, as Envoy's `/logging` shows them. */
export function levelsIn(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^\s+([\w-]+): (\w+)$/gm)].map(([, name, level]) => [name!, level!]));
}

/**
 * True of a line that a plugin wrote: Envoy puts `wasm log`, then its name, root id and VM id before what it says. Lines
 * about it, as a refused configuration or a module that could not be had, name the plugin too.
 */
export function isOfPlugin(line: string, { metadata, spec }: Pick<Deployed, "metadata" | "spec">): boolean {
  const name = `${metadata.namespace}.${metadata.name}`;
  const log = /\bwasm log(?: ([^:]*))?:/.exec(line);
  if (log !== null) {
    const words = (log[1] ?? "").split(" ");
    const isNamed = words.some((word) => word === name || word.startsWith(`${name}~`));
    // Without its own name it may be of another plugin; the root id then tells.
    return isNamed || (!words.some((word) => word.includes(".")) && words.includes(spec.pluginName ?? ""));
  }
  const isAbout = /\bwasm\b|Wasm|TypedExtensionConfig/.test(line);
  return isAbout && (contains(line, name) || contains(line, spec.url));
}

/**
 * Whether to show the next line of a proxy's log to whoever asks for a plugin's: what `isOfPlugin` says, and traps with
 * their traces. Envoy does not say whose a trap is. One right behind the last words of another plugin is not this one's.
 */
export function linesOfPlugin(plugin: Pick<Deployed, "metadata" | "spec">): (line: string) => boolean {
  let isOthers = false;
  let isTrace = false;
  return (line) => {
    if (isTrapHead(line)) {
      isTrace = !isOthers;
      return isTrace;
    }
    if (/^Proxy-Wasm plugin in-VM backtrace:/.test(line) || framesOf(line).length > 0) return isTrace;
    isTrace = false;
    const isOwn = isOfPlugin(line, plugin);
    isOthers = /\bwasm log\b.*\babort: /.test(line) && !isOwn;
    return isOwn;
  };
}

/** As a whole word: `shop.auth` is not in `shop.auth2`. */
function contains(line: string, name: string): boolean {
  const at = line.indexOf(name);
  return at >= 0 && !/[\w-]/.test(line[at + name.length] ?? "") && !/[\w.-]/.test(line[at - 1] ?? "");
}
