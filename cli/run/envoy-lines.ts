import type { Sighting, StreamEnd } from "./changes.js";

/** What a line of Envoy's log is to a run. */
export type EnvoyLine =
  | { kind: "plugin"; plugin: string; level: string; message: string }
  /** Of what runs modules, about one of them: that it trapped, say. */
  | { kind: "wasm"; level: string; message: string }
  | { kind: "probe"; sighting: Sighting }
  | { kind: "envoy"; level: string; component: string; message: string }
  /** A further line of what was said before. */
  | { kind: "more"; message: string };

const head = /^\[\d{4}-[^\]]*\]\[\d+\]\[(\w+)\]\[(\w+)\] (?:\[[^\]]*:\d+\] )?(.*)$/s;

/** Reads a line of Envoy's log; `plugins` are the names of the VMs, with which lines of modules begin. */
export function readLogLine(line: string, plugins: readonly string[]): EnvoyLine {
  const [, level = "", component = "", text = ""] = head.exec(line) ?? [];
  if (level === "") return { kind: "more", message: line };
  if (component === "lua") {
    const sighting = sightingIn(text);
    if (sighting !== null) return { kind: "probe", sighting };
  }
  if (component !== "wasm") return { kind: "envoy", level, component, message: text };
  if (!text.startsWith("wasm log")) return { kind: "wasm", level, message: text };
  for (const plugin of plugins) {
    // Before it come the root's id, and nothing while a VM starts.
    const at = text.indexOf(`${plugin}: `);
    const before = at < 0 ? "" : text.slice("wasm log".length, at);
    if (at >= 0 && before.startsWith(" ") && !before.includes(": ") && before.endsWith(" "))
      return { kind: "plugin", plugin, level, message: text.slice(at + plugin.length + 2) };
  }
  return { kind: "wasm", level, message: text.replace(/^wasm log[^:]*: /, "") };
}

/** What the probe tells. Names and values are bytes, a character each. */
function sightingIn(text: string): Sighting | null {
  const at = text.indexOf("apw-probe {");
  if (at < 0) return null;
  try {
    const said = JSON.parse(text.slice(at + "apw-probe ".length)) as Sighting;
    if ("fields" in said)
      return {
        ...said,
        fields: said.fields.map(([name, value]) => [fromBytes(name), fromBytes(value)] as [string, string]),
      };
    return { ...said, begin: fromBytes(said.begin) };
  } catch {
    return null; // two threads wrote at once
  }
}

const fromBytes = (text: string) => Buffer.from(text, "latin1").toString("utf8");

/** The fields of the access log, which says of each request how it ended. */
export const accessLog = (filter?: object): object => ({
  name: "envoy.access_loggers.stdout",
  ...(filter && { filter }),
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
    log_format: {
      json_format: {
        stream: "%DYNAMIC_METADATA(apw:stream)%",
        method: "%REQ(:METHOD)%",
        path: "%REQ(:PATH)%",
        status: "%RESPONSE_CODE%",
        flags: "%RESPONSE_FLAGS%",
        milliseconds: "%DURATION%",
      },
    },
  },
});

/** Only requests that the upstream had no part in, because it did not answer. */
export const upstreamFailures = { response_flag_filter: { flags: Object.keys(failuresByFlag()) } };

function failuresByFlag(): Record<string, string> {
  return {
    UF: "refused",
    UH: "no address",
    UT: "timeout",
    UC: "reset",
    UR: "reset",
    UPE: "malformed",
  };
}

export function readAccessLine(line: string): StreamEnd | null {
  let said: Record<string, unknown>;
  try {
    said = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
  const failures = failuresByFlag();
  const text = (key: string) => (typeof said[key] === "string" ? said[key] : "");
  const flag = text("flags")
    .split(",")
    .find((name) => name in failures);
  return {
    stream: text("stream"),
    method: text("method"),
    path: text("path"),
    status: Number(said["status"] ?? 0),
    milliseconds: Number(said["milliseconds"] ?? 0),
    ...(flag !== undefined && { failure: failures[flag]! }),
  };
}
