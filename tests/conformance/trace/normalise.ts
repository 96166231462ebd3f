import type { Entry } from "./read.js";

/**
 * What differs from run to run on one host already, and is made the same: ports, times, dates, durations and numbers at
 * random. A tick in which a plugin only looks at the clock or sets its timer anew says how fast time passed, and is left
 * out.
 */
const replacements: [RegExp, string][] = [
  [/\b(127\.0\.0\.1|localhost):\d+/g, "$1:<port>"],
  [/\[::1\]:\d+/g, "[::1]:<port>"],
  [/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g, "<date>"],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>"],
  [/("x-envoy-upstream-service-time": )"\d+"/g, '$1"<ms>"'],
  [/("x-(now|host-time|date|random|start|monotonic)": )"[^"]*"/g, '$1"<time>"'],
];

/** Hostcalls whose answer is a time or a number at random. */
const timely = new Set(["clock_time_get", "proxy_get_current_time_nanoseconds"]);
const timelyProperties =
  /"(request\.(time|duration)|response\.backend_latency|source\.port|destination\.port|upstream\.port|connection_id|connection\.id|upstream\.(cx_pool_ready_duration|local_address))"/;
const timelyHeaders = /name="x-(now|host-time|date|random|start|monotonic)"/;
const isOfStream = /^proxy_on_(request|response|downstream|upstream|new)_/;
const idle = new Set([...timely, "proxy_set_tick_period_milliseconds", "proxy_set_effective_context"]);

export const normalised = (text: string): string =>
  replacements.reduce((so_far, [pattern, instead]) => so_far.replace(pattern, instead), text);

/** A trace as lines, indented by what happened within what. */
export function linesOf(entries: readonly (Entry | string)[], depth = 0, parent = ""): string[] {
  const indent = "  ".repeat(depth);
  // Timers share one tick: when that is set anew, and to what, depends on those that were there before.
  const isTimed = entries.some((one) => typeof one !== "string" && one.name === "clock_time_get");
  return entries.flatMap((entry) => {
    if (typeof entry === "string") return [indent + normalised(entry)];
    if (isIdleTick(entry)) return [];
    if (isTimed && isOfStream.test(parent) && entry.name === "proxy_set_tick_period_milliseconds") return [];
    const head = normalised(headOf(entry));
    const answer = normalised(answerOf(entry));
    const back = answer === "" ? "" : ` -> ${answer}`;
    if (entry.within.length === 0) return [`${indent}${head}${back}`];
    const within = linesOf(entry.within, depth + 1, entry.name);
    return [`${indent}${head}`, ...within, ...(back === "" ? [] : [`${indent}${back.trimStart()}`])];
  });
}

function headOf({ head, name }: Entry): string {
  return name === "proxy_replace_header_map_value" && timelyHeaders.test(head)
    ? head.replace(/value="[^"]*"/, 'value="<time>"')
    : head;
}

function answerOf({ answer, head, name }: Entry): string {
  if (timely.has(name)) return answer.replace(/time=\d+/, "time=<time>");
  if (name === "proxy_get_property" && timelyProperties.test(head))
    return answer.replace(/value=("[^"]*"|<[^>]*>)/, "value=<time>");
  if (name === "proxy_get_header_map_value" && head.includes('name="x-envoy-upstream-service-time"'))
    return answer.replace(/value="\d+"/, "value=<ms>");
  // The size has the digits of the service's time in it.
  if (name === "proxy_get_header_map_size" && head.includes("(map=2)"))
    return answer.replace(/size=\d+/, "size=<size>");
  return answer;
}

function isIdleTick({ name, within }: Entry): boolean {
  return name === "proxy_on_tick" && within.every((one) => typeof one !== "string" && idle.has(one.name));
}
