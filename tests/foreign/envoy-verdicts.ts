import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootstrap } from "../../cli/envoy/bootstrap.js";
import { findEnvoy } from "../../cli/envoy/find.js";
import { Envoy } from "../../cli/envoy/process.js";

/** What Envoy says of a module: whether it serves with it, and what it logs when it does not. */
export interface Verdict {
  taken: boolean;
  words: string[];
}

/**
 * Asks one Envoy about many modules, each in a listener of its own. The listeners come by the file-based discovery
 * service, which takes them one after the other: one that is refused stands in no other's way, and ends its lines.
 */
export async function envoyVerdicts(modules: ReadonlyMap<string, Uint8Array>): Promise<Map<string, Verdict>> {
  const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-verdicts-"));
  try {
    const listeners = [];
    for (const [i, bytes] of [...modules.values()].entries()) {
      const code = join(folder, `${i}.wasm`);
      await writeFile(code, bytes);
      const filters = [{ name: `m${i}`, vmId: `m${i}`, code, configuration: "text" }];
      listeners.push({ name: `m${i}`, routes: [{ direct: { status: 200 } }], filters });
    }
    const path = join(folder, "listeners.json");
    await writeFile(path, JSON.stringify(discovery(listeners)));
    const envoy = await Envoy.start({
      binary: (await findEnvoy()).path,
      listeners: [],
      clusters: [],
      more: { dynamic_resources: { lds_config: { path_config_source: { path } } } },
    });
    await envoy.stop();
    const refused = refusals(envoy.log.lines);
    return new Map(
      [...modules.keys()].map((name, i) => [
        name,
        { taken: envoy.ports.has(`m${i}`), words: refused.get(`m${i}`) ?? [] },
      ]),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function discovery(listeners: Parameters<typeof bootstrap>[0]["listeners"]): object {
  const { static_resources: resources } = bootstrap({ listeners, clusters: [] });
  const type = "type.googleapis.com/envoy.config.listener.v3.Listener";
  return {
    resources: (resources as { listeners: object[] }).listeners.map((entry) => ({ "@type": type, ...entry })),
  };
}

/** The lines that lead to the refusal of each listener. */
function refusals(lines: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let words: string[] = [];
  for (const line of lines) {
    const said = /\]\[(?:error|critical)\]\[wasm\] \[[^\]]*\] (.*)$/.exec(line)?.[1];
    if (said !== undefined) words.push(said);
    const name = /lds: listener '(\w+)' config rejected/.exec(line)?.[1];
    if (name === undefined) continue;
    found.set(name, words);
    words = [];
  }
  return found;
}
