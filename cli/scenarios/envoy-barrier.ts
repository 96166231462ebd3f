import type { HttpListener } from "../envoy/bootstrap.js";
import type { Envoy } from "../envoy/process.js";
import { Agent, get } from "node:http";

/** A listener without plugins that writes the path of each request into Envoy's log. */
export const barrier: HttpListener = {
  name: "barrier",
  balanced: true,
  routes: [{ direct: { status: 200 } }],
  filters: [
    {
      name: "barrier",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
        default_source_code: {
          inline_string:
            "function envoy_on_request(handle)\n" +
            "  handle:logErr('barrier ' .. handle:headers():get(':path'))\n" +
            "end",
        },
      },
    },
  ],
};

let passed = 0;

/**
 * Comes back when all is logged that was caused before. A worker answers the barrier's request after all that it was
 * asked before, and writes the barrier's line after all that it logged before. Connections that are open together are
 * spread over all workers.
 */
export async function passBarrier(envoy: Envoy, workers: number): Promise<void> {
  const port = envoy.port(barrier.name);
  const agents = Array.from({ length: workers }, () => new Agent({ keepAlive: true }));
  const marks = agents.map(() => `/${++passed}`);
  try {
    // Each is kept open until the others are there too.
    for (const [index, agent] of agents.entries()) await ask(port, marks[index]!, agent);
    for (const mark of marks) await envoy.waitForLog(new RegExp(`script log: barrier ${mark}$`));
  } finally {
    for (const agent of agents) agent.destroy();
  }
}

function ask(port: number, path: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, agent }, (response) => {
      response.resume();
      response.on("end", resolve);
      response.on("error", reject);
    }).on("error", reject);
  });
}
