import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { httpFilter, type NativeFilter, type WasmFilter } from "../../../cli/envoy/filters.js";

const wasm = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";
const router = { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" };

/** A filter whose configuration Envoy reads from a file, again each time that the file is replaced. (file ECDS) */
export class DiscoveredPlugin {
  private version = 0;

  private constructor(
    private readonly folder: string,
    readonly name: string,
  ) {}

  static async create(filter: WasmFilter): Promise<DiscoveredPlugin> {
    const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-discovered-"));
    const made = new DiscoveredPlugin(folder, filter.name);
    await made.update(filter);
    return made;
  }

  private get file(): string {
    return join(this.folder, "filter.json");
  }

  async update(filter: WasmFilter): Promise<void> {
    const { typed_config } = httpFilter(filter) as NativeFilter;
    const resource = {
      "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
      name: this.name,
      typed_config,
    };
    await this.write(JSON.stringify({ version_info: String(++this.version), resources: [resource] }));
  }

  /** Puts a text into the place of the file, at once. */
  async write(text: string): Promise<void> {
    await writeFile(`${this.file}.new`, text);
    await rename(`${this.file}.new`, this.file);
  }

  /** What the connection manager says in the place of a list of filters. */
  get manager(): Record<string, unknown> {
    const source = { path_config_source: { path: this.file }, resource_api_version: "V3" };
    const filter = { name: this.name, config_discovery: { config_source: source, type_urls: [wasm] } };
    return { http_filters: [filter, { name: "envoy.filters.http.router", typed_config: router }] };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
