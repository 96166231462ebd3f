import { appendFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moduleFolder } from "../../cli/deploy/ecds.js";
import { canonical } from "../../cli/deploy/history.js";
import { httpFilter, type NativeFilter } from "../../cli/envoy/filters.js";
import { Proxy } from "../envoy/harness.js";
import type { KeptPlugin, PlayedCluster } from "./scripted.js";

/** The name that Istio 1.31 gives. */
const resource = "extensions.istio.io/trafficextension/shop.hello~istio-translated-wasmplugin";

const wasm = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";
/** What a filter does that nobody has configured yet. */
const idle = { "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC" };

/** Istio has Envoy write its log in another form: time, level, logger with the place in the code, text, thread. */
const asIstioLogs = (line: string): string =>
  line.replace(
    /^\[(\S+) (\S+)\]\[(\d+)\]\[(\w+)\]\[([\w-]+)\] \[(\S+)\] (.*)$/,
    "$1T$2000Z\t$4\tenvoy $5 external/envoy/$6\t$7\tthread=$3",
  );

/**
 * One pod, `web-1`, with a real Envoy. What istiod and Istio's agent do for it is played: the WasmPlugin shop/hello, as
 * the cluster has it now, is brought to it by ECDS from a file, and its module lies where the agent would put it.
 */
export class OneProxyMesh {
  private version = 0;
  private brought = "";
  private timer: NodeJS.Timeout | undefined;
  private bringing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly folder: string,
    private readonly module: string,
    private readonly cluster: PlayedCluster,
    readonly proxy: Proxy,
  ) {}

  /** `more` is of the bootstrap. */
  static async start(
    cluster: PlayedCluster,
    module: string,
    more: Record<string, unknown> = {},
  ): Promise<OneProxyMesh> {
    const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-mesh-"));
    const file = join(folder, "ecds.json");
    await publish(file, 0, idle);
    const config_discovery = {
      config_source: { path_config_source: { path: file }, resource_api_version: "V3" },
      type_urls: [wasm, idle["@type"]],
      default_config: idle,
      apply_default_config_without_warming: true,
    };
    const proxy = await Proxy.start({
      filters: [],
      listeners: [
        { name: "web", routes: [{ cluster: "upstream" }], filters: [{ name: resource, config_discovery }] },
      ],
      componentLogLevels: { wasm: "warning" },
      more,
      onLogLine: (line) => appendFileSync(join(cluster.folder, "web-1.log"), `${asIstioLogs(line)}\n`),
    });
    await cluster.play({
      pods: [
        {
          name: "web-1",
          namespace: "shop",
          labels: { app: "web" },
          proxy: { admin: proxy.envoy.admin.address },
        },
      ],
      namespace: "shop",
    });
    const mesh = new OneProxyMesh(folder, module, cluster, proxy);
    mesh.watch();
    return mesh;
  }

  /** Where the workload's requests come in. */
  get port(): number {
    return this.proxy.envoy.port("web");
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await this.bringing;
    await this.proxy.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private watch(): void {
    this.timer = setTimeout(() => {
      this.bringing = this.bring().finally(() => this.watch());
    }, 50);
  }

  private async bring(): Promise<void> {
    // It may be half written.
    const all: Record<string, KeptPlugin> = await this.cluster.plugins().catch(() => ({}));
    const spec = all["shop/hello"]?.spec;
    if (spec === undefined || canonical(spec) === this.brought) return;
    this.brought = canonical(spec);
    const place = join(this.folder, moduleFolder(spec.url));
    const code = join(place, `${spec["sha256"] as string}.wasm`);
    await mkdir(place, { recursive: true });
    if (/:broken$/.test(spec.url)) await writeFile(code, "this is no module");
    else await copyFile(this.module, code);
    const { typed_config } = httpFilter({
      name: resource,
      code,
      rootId: spec["pluginName"] as string,
      configuration: (spec["pluginConfig"] ?? {}) as Record<string, unknown>,
      failurePolicy: "FAIL_CLOSED",
    }) as NativeFilter;
    await publish(join(this.folder, "ecds.json"), ++this.version, typed_config);
  }
}

/** Envoy looks at files that are moved into their place. */
async function publish(file: string, version: number, typed_config: object): Promise<void> {
  const type = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig";
  const resources = [{ "@type": type, name: resource, typed_config }];
  await writeFile(`${file}.new`, JSON.stringify({ version_info: String(version), resources }));
  await rename(`${file}.new`, file);
}
