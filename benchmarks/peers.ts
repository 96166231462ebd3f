import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compilePlugin } from "../cli/compile.js";
import type { HttpFilter, NativeFilter } from "../cli/envoy/filters.js";
import { root } from "../cli/root.js";
import { modulePeers, type PeerName, type WorkloadName } from "./names.js";
import { users, workload } from "./workloads.js";

const folder = join(root, "benchmarks", "peers");
const built = join(root, "build", "benchmarks");

/** Why a peer does not do a workload: for the report. */
export const left: Partial<Record<PeerName, Partial<Record<WorkloadName, string>>>> = {
  "old-assemblyscript": { json: "there is no reader of JSON for its compiler of 2020" },
  floor: {
    body: "what costs is the search, which a module that only makes host calls does not do",
    json: "what costs is the reading, which a module that only makes host calls does not do",
  },
  lua: {
    counter: "the filter has nothing that workers share",
    json: "the filter has no reader of JSON",
  },
  native: {
    noop: "Envoy has no filter that does nothing: that is the proxy without a filter",
    transform: "header_mutation cannot do it: a tenant that is absent would get its prefix alone",
    body: "Envoy has no filter that replaces text in bodies",
    callout: "ext_authz asks a service, but cannot say its status on the request",
    counter: "local_ratelimit counts, but says the count nowhere",
    json: "json_to_metadata writes metadata, and no header",
  },
};

/** What this project's modules are made for: by default to be small, as `apw build` makes them, or quick. */
const goals = { "as-proxy-wasm": "size", "as-proxy-wasm-speed": "speed" } as const;

/** Each of them is compiled once in a process, so that a run is of one state of the sources. */
const compiled = new Map<string, Promise<string>>();

function compiledModule(peer: keyof typeof goals, name: WorkloadName): Promise<string> {
  const target = join(built, peer);
  const known =
    compiled.get(join(target, name)) ??
    compilePlugin(join(folder, "as-proxy-wasm", name), target, goals[peer]).then(({ file }) => file);
  compiled.set(join(target, name), known);
  return known;
}

/** Compiled by this repository's own compiler, or as its build script made it; null where it is not there. */
export async function moduleOf(peer: PeerName, name: WorkloadName): Promise<string | null> {
  if (!(modulePeers as readonly string[]).includes(peer) || left[peer]?.[name] !== undefined) return null;
  if (peer === "as-proxy-wasm" || peer === "as-proxy-wasm-speed") return compiledModule(peer, name);
  const file =
    peer === "go" ? join(built, peer, `${name}.wasm`) : join(folder, peer, "modules", `${name}.wasm`);
  return existsSync(file) ? file : null;
}

/** The filter with which Envoy does a workload by a peer's means; null where it cannot. */
export async function filterOf(peer: PeerName, name: WorkloadName): Promise<HttpFilter | null> {
  if (left[peer]?.[name] !== undefined) return null;
  if (peer === "native") return native[name] ?? null;
  if (peer === "lua") return lua(await readFile(join(folder, "lua", `${name}.lua`), "utf8"));
  const file = await moduleOf(peer, name);
  if (file === null) return null;
  const { configuration = "{}", holdsHeaders } = workload(name);
  return {
    name: "bench",
    code: file,
    rootId: "bench",
    vmId: `${peer}-${name}`,
    // The old AssemblyScript SDK traps where there is none.
    configuration,
    ...(holdsHeaders && { allowOnHeadersStopIteration: true }),
  };
}

const type = (name: string) => `type.googleapis.com/envoy.extensions.filters.http.${name}`;

const lua = (script: string): NativeFilter => ({
  name: "envoy.filters.http.lua",
  typed_config: { "@type": type("lua.v3.Lua"), default_source_code: { inline_string: script } },
});

const set = (key: string, value: string, append_action: string) => ({
  append: { header: { key, value }, append_action },
});

const overwrite = "OVERWRITE_IF_EXISTS_OR_ADD";

/** As Envoy's basic_auth wants them, which knows no other hash. */
const htpasswd = users
  .map(({ name, password }) => `${name}:{SHA}${createHash("sha1").update(password).digest("base64")}`)
  .join("\n");

export const nativeBasicAuth: NativeFilter = {
  name: "envoy.filters.http.basic_auth",
  typed_config: {
    "@type": type("basic_auth.v3.BasicAuth"),
    users: { inline_string: htpasswd },
    forward_username_header: "x-user",
  },
};

const native: Partial<Record<WorkloadName, NativeFilter>> = {
  headers: {
    name: "envoy.filters.http.header_mutation",
    typed_config: {
      "@type": type("header_mutation.v3.HeaderMutation"),
      mutations: {
        request_mutations: [
          { remove: "x-seen" },
          set("x-seen", "%REQ(x-bench)%", overwrite),
          set("x-seen", "none", "ADD_IF_ABSENT"),
        ],
        response_mutations: [set("hello", "world", overwrite), { remove: "x-powered-by" }],
      },
    },
  },
  "basic-auth": nativeBasicAuth,
};
