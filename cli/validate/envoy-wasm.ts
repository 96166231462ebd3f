import { validator } from "../istio/schemas.js";
import { type Finding, isObject, type Place } from "./finding.js";
import { schemaFindings } from "./schema.js";

const rule = "envoy-wasm";
const prefix = "type.googleapis.com/";
const httpType = `${prefix}envoy.extensions.filters.http.wasm.v3.Wasm`;
const networkType = `${prefix}envoy.extensions.filters.network.wasm.v3.Wasm`;
/** Messages that carry another one: as people wrote Wasm filters before Envoy's types were known to Istio. */
const structs = [`${prefix}udpa.type.v1.TypedStruct`, `${prefix}xds.type.v3.TypedStruct`];
const texts = `${prefix}google.protobuf.StringValue`;

/** What is wrong with the `typed_config` of a Wasm filter, by Envoy's own schema. */
export function wasmConfigFindings(typed: Record<string, unknown>, place: Place, applyTo: string): Finding[] {
  const type = typed["@type"];
  if (typeof type !== "string")
    return [
      {
        level: "error",
        rule: `${rule}/type-url`,
        place,
        message: '"@type" is missing',
        proposal: `Write "@type": ${httpType}.`,
      },
    ];
  if (structs.includes(type)) {
    const inner = typed["type_url"] ?? typed["typeUrl"];
    const found = typeFindings(typeof inner === "string" ? inner : "", [...place, "type_url"], applyTo);
    const value = typed["value"];
    if (!isObject(value))
      return [
        ...found,
        { level: "error", rule: `${rule}/value`, place, message: "the TypedStruct has no value" },
      ];
    return [...found, ...configFindings(value, [...place, "value"])];
  }
  const { "@type": _, ...config } = typed;
  return [...typeFindings(type, [...place, "@type"], applyTo), ...configFindings(config, place)];
}

function typeFindings(type: string, place: Place, applyTo: string): Finding[] {
  const wanted =
    applyTo === "NETWORK_FILTER"
      ? [networkType]
      : applyTo === "HTTP_FILTER"
        ? [httpType]
        : [httpType, networkType];
  if (wanted.includes(type)) return [];
  const [proposed] = wanted as [string];
  const isBare = !type.includes("/") && wanted.includes(prefix + type);
  return [
    {
      level: "error",
      rule: `${rule}/type-url`,
      place,
      message: isBare
        ? `${type} needs ${prefix} before it`
        : `${JSON.stringify(type)} is no type of a Wasm filter here`,
      proposal: `Write ${proposed}.`,
      fix: [{ set: place, to: proposed }],
    },
  ];
}

function configFindings(value: Record<string, unknown>, place: Place): Finding[] {
  const found = schemaFindings(validator("envoy-wasm"), inProtoNames(value), rule, place);
  const config = inProtoNames(value)["config"];
  if (!isObject(config)) return found;
  const vm = config["vm_config"];
  const at = [...place, "config", "vm_config"];
  if (isObject(vm)) found.push(...vmFindings(vm, at));
  if (config["fail_open"] !== undefined && config["failure_policy"] !== undefined)
    found.push({
      level: "error",
      rule: `${rule}/failure-policy`,
      place: [...place, "config", "fail_open"],
      message: "fail_open and failure_policy cannot both be there",
      proposal: "Leave out fail_open, which is deprecated.",
    });
  else if (config["fail_open"] !== undefined)
    found.push({
      level: "notice",
      rule: `${rule}/failure-policy`,
      place: [...place, "config", "fail_open"],
      message: "fail_open is deprecated",
      proposal: "Write failure_policy: FAIL_OPEN or FAIL_CLOSED.",
    });
  const configuration = config["configuration"];
  if (
    isObject(configuration) &&
    configuration["@type"] === texts &&
    typeof configuration["value"] !== "string"
  )
    found.push({
      level: "error",
      rule: `${rule}/configuration`,
      place: [...place, "config", "configuration"],
      message: "a StringValue's value must be text, such as the configuration as JSON in a block (value: |)",
    });
  return found;
}

function vmFindings(vm: Record<string, unknown>, place: Place): Finding[] {
  const found: Finding[] = [];
  const runtime = vm["runtime"];
  if (runtime !== undefined && runtime !== "" && runtime !== "envoy.wasm.runtime.v8")
    found.push({
      level: runtime === "envoy.wasm.runtime.null" ? "error" : "warning",
      rule: `${rule}/runtime`,
      place: [...place, "runtime"],
      message: `Istio's proxies have the runtime envoy.wasm.runtime.v8, and ${JSON.stringify(runtime)} ${runtime === "envoy.wasm.runtime.null" ? "runs what is compiled into Envoy" : "is not in them"}`,
      proposal: "Write envoy.wasm.runtime.v8.",
      fix: [{ set: [...place, "runtime"], to: "envoy.wasm.runtime.v8" }],
    });
  if (vm["code"] === undefined)
    found.push({
      level: "error",
      rule: `${rule}/code`,
      place,
      message: "vm_config.code is missing: there is no module to run",
    });
  const remote = isObject(vm["code"]) ? vm["code"]["remote"] : undefined;
  const sha256 = isObject(remote) ? remote["sha256"] : undefined;
  if (typeof sha256 === "string" && !/^[a-f0-9]{64}$/.test(sha256))
    found.push({
      level: "error",
      rule: `${rule}/sha256`,
      place: [...place, "code", "remote", "sha256"],
      message: "code.remote.sha256 must be the 64 hexadecimal digits of the module, in lower case",
    });
  return found;
}

/** The value with names as in Envoy's .proto files: protobuf's JSON takes both them and camelCase. Keys of maps stay. */
function inProtoNames(value: Record<string, unknown>): Record<string, unknown> {
  const turn = (inner: unknown, isMap: boolean): unknown => {
    if (Array.isArray(inner)) return inner.map((entry) => turn(entry, false));
    if (!isObject(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner).map(([key, entry]) => {
        const name =
          isMap || key.startsWith("@") ? key : key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        const free = name === "configuration" || name === "retry_policy";
        return [name, free ? entry : turn(entry, name === "key_values" || name === "allowed_capabilities")];
      }),
    );
  };
  return turn(value, false) as Record<string, unknown>;
}
