import type { Logged } from "./played.js";

const line = /^\[[^\]]+\]\[\d+\]\[(\w+)\]\[\w+\] (?:\[[^\]]*:\d+\] )?(.*)$/;

/** What a plugin logged, and that it trapped, in Envoy's log. */
export function loggedIn(lines: readonly string[]): Logged[] {
  const all: Logged[] = [];
  for (const text of lines) {
    const [, level, message] = line.exec(text) ?? [];
    const last = all.at(-1);
    if (level === undefined) {
      // A further line of what was said before.
      if (last !== undefined) last.text += `\n${text}`;
    } else all.push({ level: level === "warning" ? "warn" : level, text: message! });
  }
  return all.flatMap(({ level, text }) => {
    if (/^Function: \S+ failed: /.test(text)) return [{ level, text }];
    const [, said] = /^wasm log[^:]*: ([^]*)$/.exec(text) ?? [];
    return said === undefined ? [] : [{ level, text: said }];
  });
}
