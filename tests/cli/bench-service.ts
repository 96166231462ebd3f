import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bootstrap } from "../../cli/envoy/bootstrap.js";
import type { WasmFilter } from "../../cli/envoy/filters.js";
import { findEnvoy } from "../../cli/envoy/find.js";
import { Envoy } from "../../cli/envoy/process.js";
import { freePort } from "../../cli/measure/free-port.js";

/**
 * A service in front of which an Envoy stands whose plugin can be turned on and off while it serves, as Istio does it:
 * by another configuration of its listener, from a file here. Whoever starts one stops it.
 */
export class SwitchedService {
  private constructor(
    private readonly envoy: Envoy,
    readonly port: number,
    /** A command of the shell that turns the plugin on, or off. */
    readonly command: Record<"on" | "off", string>,
  ) {}

  static async start(folder: string, plugin: WasmFilter): Promise<SwitchedService> {
    const port = await freePort();
    const live = join(folder, "listeners.json");
    const file = (state: "on" | "off") => join(folder, `${state}.json`);
    for (const state of ["on", "off"] as const) {
      const filters = state === "on" ? [plugin] : [];
      const routes = [{ direct: { status: 200, body: "ok" } }];
      const { static_resources: resources } = bootstrap({
        listeners: [{ name: "service", address: { port }, filters, routes }],
        clusters: [],
      }) as { static_resources: { listeners: object[] } };
      const listener = {
        "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
        ...resources.listeners[0],
      };
      const text = JSON.stringify({ version_info: state, resources: [listener] });
      await writeFile(file(state), text);
      if (state === "on") await writeFile(live, text);
    }
    const command = (state: "on" | "off") =>
      `cp '${file(state)}' '${live}.next' && mv '${live}.next' '${live}'`;
    const envoy = await Envoy.start({
      binary: (await findEnvoy()).path,
      listeners: [],
      clusters: [],
      more: { dynamic_resources: { lds_config: { path_config_source: { path: live } } } },
    });
    return new SwitchedService(envoy, port, { on: command("on"), off: command("off") });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Whether the plugin is on, by the header that it sets. */
  async isOn(sign: string): Promise<boolean> {
    const answer = await fetch(this.url, { headers: { connection: "close" } });
    return answer.headers.has(sign);
  }

  stop(): Promise<boolean> {
    return this.envoy.stop();
  }
}
