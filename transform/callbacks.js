import { EXPORTS } from "./sources.js";

const SDK = "~lib/as-proxy-wasm/assembly/";
const CONTEXTS = `${SDK}context`;
const ROOT = `${CONTEXTS}/root/RootContext`;
const HTTP = `${CONTEXTS}/http/HttpContext`;
const TCP = `${CONTEXTS}/tcp/StreamContext`;
const ANY = `${CONTEXTS}/context/Context`;
const CALLOUT = `${SDK}callout`;

const GRPC = [
  "proxy_on_grpc_receive_initial_metadata",
  "proxy_on_grpc_receive",
  "proxy_on_grpc_receive_trailing_metadata",
  "proxy_on_grpc_close",
];

/** The exports that a program needs in which a class extends one of these. */
const HANDLERS = {
  [`${CALLOUT}/http-call/HttpCallHandler`]: ["proxy_on_http_call_response"],
  [`${CALLOUT}/grpc/GrpcCallHandler`]: GRPC,
  [`${CALLOUT}/grpc/GrpcStreamHandler`]: GRPC,
  [`${SDK}envoy/dns/DnsHandler`]: ["envoy_on_resolve_dns"],
  "~lib/as-proxy-wasm/assembly/context/timers/TimerHandler": ["proxy_on_tick"],
};

/** The export that a method of each context needs to be called. */
const CALLBACKS = {
  [ROOT]: {
    onVmStart: "proxy_on_vm_start",
    onConfigure: "proxy_on_configure",
    onValidateConfiguration: "proxy_validate_configuration",
    onTick: "proxy_on_tick",
    onStatsUpdate: "envoy_on_stats_update",
    onQueueReady: "proxy_on_queue_ready",
    onDone: "proxy_on_done",
    onLog: "proxy_on_log",
  },
  [HTTP]: {
    onRequestHeaders: "proxy_on_request_headers",
    onRequestBody: "proxy_on_request_body",
    onRequestTrailers: "proxy_on_request_trailers",
    onResponseHeaders: "proxy_on_response_headers",
    onResponseBody: "proxy_on_response_body",
    onResponseTrailers: "proxy_on_response_trailers",
    onRequestMetadata: "proxy_on_request_metadata",
    onResponseMetadata: "proxy_on_response_metadata",
    onDone: "proxy_on_done",
    onLog: "proxy_on_log",
  },
  [TCP]: {
    onNewConnection: "proxy_on_new_connection",
    onDownstreamData: "proxy_on_downstream_data",
    onUpstreamData: "proxy_on_upstream_data",
    onDownstreamClose: "proxy_on_downstream_connection_close",
    onUpstreamClose: "proxy_on_upstream_connection_close",
    onDone: "proxy_on_done",
    onLog: "proxy_on_log",
  },
  [ANY]: {
    onHttpCallResponse: "proxy_on_http_call_response",
    onForeignFunction: "proxy_on_foreign_function",
  },
};

/** What the ABI itself needs: the version, memory for host data, and contexts that come and go. */
const ALWAYS = [
  "proxy_abi_version_0_2_1",
  "proxy_on_memory_allocate",
  "proxy_on_context_create",
  "proxy_on_delete",
];

/**
 * Takes the exports out of the program that none of its contexts overrides. What only they use is then not compiled.
 *
 * @param {import("assemblyscript").Program} program
 */
export function dropUnusedCallbacks(program) {
  const exports = program.filesByName.get(EXPORTS)?.exports;
  if (!exports) return;
  const needed = neededExports(program);
  for (const name of [...exports.keys()]) {
    if (!needed.has(name)) exports.delete(name);
  }
}

/** @param {import("assemblyscript").Program} program */
function neededExports(program) {
  const needed = new Set(ALWAYS);
  const streams = new Set();
  for (const [base, callbacks] of Object.entries(CALLBACKS)) {
    for (const method of overriddenMethods(program, base)) {
      const name = /** @type {Record<string, string>} */ (callbacks)[method];
      if (!name) continue;
      needed.add(name);
      if (base === HTTP) streams.add(name);
    }
  }
  for (const [handler, names] of Object.entries(HANDLERS)) {
    if ([...program.elementsByName.values()].some((element) => derivesFrom(element, handler))) {
      for (const name of names) needed.add(name);
    }
  }
  // The settings for a stream are chosen by its request, as it came, wherever the plugin then acts.
  if (needed.has("proxy_on_configure") && streams.size > 0) needed.add("proxy_on_request_headers");
  // Among several plugins an unknown root id is refused, at the latest when the VM starts.
  if (registersSeveral(program)) needed.add("proxy_on_vm_start");
  return needed;
}

/**
 * Whether a stream of the program has an `onDelete` of its own.
 *
 * @param {import("assemblyscript").Program} program
 */
export function tellsStreams(program) {
  return [HTTP, TCP].some((base) => overriddenMethods(program, base).has("onDelete"));
}

/**
 * The names of the methods that classes of the program have in the place of a base class's.
 *
 * @param {import("assemblyscript").Program} program
 * @param {string} base the base class's internal name
 */
function overriddenMethods(program, base) {
  const methods = new Set();
  for (const element of program.elementsByName.values()) {
    // The SDK's own classes are there whether or not a program makes any of them.
    if (element.internalName.startsWith(SDK) || !derivesFrom(element, base)) continue;
    for (const name of /** @type {any} */ (element).instanceMembers?.keys() ?? []) methods.add(name);
  }
  return methods;
}

/**
 * @param {any} element
 * @param {string} base
 */
function derivesFrom(element, base) {
  for (let parent = element.basePrototype; parent; parent = parent.basePrototype) {
    if (parent.internalName === base) return true;
  }
  return false;
}

/**
 * Whether the program's own text calls `register` more than once. A count too high costs one export.
 *
 * @param {import("assemblyscript").Program} program
 */
export function registersSeveral(program) {
  let calls = 0;
  for (const source of program.sources) {
    if (source.internalPath.startsWith(SDK)) continue;
    calls += source.text.match(/\bregister\s*\(/g)?.length ?? 0;
  }
  return calls > 1;
}
