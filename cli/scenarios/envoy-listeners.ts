import { bootstrap, type HttpListener } from "../envoy/bootstrap.js";
import type { WasmFilter } from "../envoy/filters.js";
import type { Modules } from "./modules.js";
import { configurationOf, entriesOf, type Role } from "./role.js";
import type { HostSettings, PluginEntry, RouteEntry } from "./scenario.js";
import { upstreamName } from "./stage.js";

export const listenerName = (index: number) => `scenario-${index}`;

/** The listeners of scenarios, as the file-based discovery service reads them. */
export async function discoveryResponse(roles: readonly Role[], modules: Modules): Promise<object> {
  const listeners: HttpListener[] = [];
  for (const [index, role] of roles.entries())
    listeners.push(await listenerOf(role, listenerName(index), modules));
  const { static_resources: resources } = bootstrap({ listeners, clusters: [] });
  const entries = (resources as { listeners: object[] }).listeners;
  const type = "type.googleapis.com/envoy.config.listener.v3.Listener";
  return { resources: entries.map((entry) => ({ "@type": type, ...entry })) };
}

async function listenerOf(role: Role, name: string, modules: Modules): Promise<HttpListener> {
  const { host = {}, routes = [{}] } = role.scenario;
  const filters: WasmFilter[] = [];
  for (const entry of entriesOf(role)) filters.push(await filterOf(entry, name, host, modules));
  const more = {
    ...(host.use_remote_address && { use_remote_address: true }),
    ...(host.xff_num_trusted_hops !== undefined && { xff_num_trusted_hops: host.xff_num_trusted_hops }),
  };
  return {
    name,
    http1Trailers: true,
    routes: routes.map(routeOf),
    filters,
    balanced: host.workers === 2,
    more,
    ...(host.buffer_limit !== undefined && { bufferLimit: host.buffer_limit }),
  };
}

const policies = { closed: "FAIL_CLOSED", open: "FAIL_OPEN", reload: "FAIL_RELOAD" } as const;

async function filterOf(
  entry: PluginEntry,
  vmId: string,
  host: HostSettings,
  modules: Modules,
): Promise<WasmFilter> {
  const configuration = configurationOf(entry);
  return {
    name: entry.name ?? entry.plugin,
    rootId: entry.root_id ?? modules.rootId(entry.plugin),
    vmId: entry.vm_id ?? vmId,
    code: await modules.file(entry.plugin),
    ...(configuration !== undefined && { configuration }),
    ...(host.vm_config !== undefined && { vmConfiguration: host.vm_config }),
    ...(host.env && { environment: host.env }),
    ...(host.fail_policy && { failurePolicy: policies[host.fail_policy] }),
    ...(host.reload_after_ms !== undefined && { reloadInterval: `${host.reload_after_ms / 1000}s` }),
    allowOnHeadersStopIteration: host.allow_on_headers_stop_iteration ?? false,
  };
}

function routeOf({ name, prefix, path, reply }: RouteEntry) {
  return {
    ...(name !== undefined && { name }),
    ...(prefix !== undefined && { prefix }),
    ...(path !== undefined && { path }),
    ...(reply ? { direct: reply } : { cluster: upstreamName }),
  };
}
