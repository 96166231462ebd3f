import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootstrap } from "../envoy/bootstrap.js";
import { Envoy, EnvoyRefused } from "../envoy/process.js";
import { removeScratch, scratchFolder } from "../scratch.js";

/** What Envoy says of a module: whether it serves with it, and what it logs when it does not. */
export interface EnvoyVerdict {
  taken: boolean;
  /** It did not survive the module. */
  crashed: boolean;
  words: string[];
}

export interface AskedOf {
  /** The binary, as `findEnvoy` gives it. */
  envoy: string;
  configuration?: string;
  rootId?: string;
}

/**
 * Asks one Envoy about many modules, each in a listener of its own. The listeners come by the file-based discovery
 * service, which takes them one after the other: one that is refused stands in no other's way, and ends its lines. Where
 * Envoy crashes, each half of the modules gets one of its own, down to the module that it was.
 */
export async function envoyVerdicts(
  modules: ReadonlyMap<string, Uint8Array>,
  asked: AskedOf,
): Promise<Map<string, EnvoyVerdict>> {
  try {
    return await inOne(modules, asked);
  } catch (error) {
    if (!(error instanceof EnvoyRefused)) throw error;
    const entries = [...modules];
    if (entries.length === 1) {
      const words = wordsOf(error.log.lines);
      return new Map([[entries[0]![0], { taken: false, crashed: error.exitCode !== 1, words }]]);
    }
    const middle = Math.ceil(entries.length / 2);
    const first = await envoyVerdicts(new Map(entries.slice(0, middle)), asked);
    const second = await envoyVerdicts(new Map(entries.slice(middle)), asked);
    return new Map([...first, ...second]);
  }
}

async function inOne(
  modules: ReadonlyMap<string, Uint8Array>,
  { envoy: binary, configuration, rootId }: AskedOf,
): Promise<Map<string, EnvoyVerdict>> {
  const folder = await scratchFolder(join(tmpdir(), "as-proxy-wasm-verdicts-"));
  try {
    const listeners = [];
    for (const [i, bytes] of [...modules.values()].entries()) {
      const code = join(folder, `${i}.wasm`);
      await writeFile(code, bytes);
      const more = {
        ...(configuration !== undefined && { configuration }),
        ...(rootId !== undefined && { rootId }),
      };
      const filters = [{ name: `m${i}`, vmId: `m${i}`, code, ...more }];
      listeners.push({ name: `m${i}`, routes: [{ direct: { status: 200 } }], filters });
    }
    const path = join(folder, "listeners.json");
    await writeFile(path, JSON.stringify(discovery(listeners)));
    const envoy = await Envoy.start({
      binary,
      listeners: [],
      clusters: [],
      more: { dynamic_resources: { lds_config: { path_config_source: { path } } } },
    });
    await envoy.stop();
    const refused = refusals(envoy.log.lines);
    return new Map(
      [...modules.keys()].map((name, i) => [
        name,
        { taken: envoy.ports.has(`m${i}`), crashed: false, words: refused.get(`m${i}`) ?? [] },
      ]),
    );
  } finally {
    await removeScratch(folder);
  }
}

function discovery(listeners: Parameters<typeof bootstrap>[0]["listeners"]): object {
  const { static_resources: resources } = bootstrap({ listeners, clusters: [] });
  const type = "type.googleapis.com/envoy.config.listener.v3.Listener";
  return {
    resources: (resources as { listeners: object[] }).listeners.map((entry) => ({ "@type": type, ...entry })),
  };
}

/** What Envoy says of the modules themselves, without what comes before it in each line. */
const said = (line: string) => /\]\[(?:error|critical)\]\[wasm\] \[[^\]]*\] (.*)$/.exec(line)?.[1];

const wordsOf = (lines: readonly string[]) => lines.flatMap((line) => said(line) ?? []);

/** The lines that lead to the refusal of each listener. */
function refusals(lines: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let words: string[] = [];
  for (const line of lines) {
    words.push(...wordsOf([line]));
    const name = /lds: listener '(\w+)' config rejected/.exec(line)?.[1];
    if (name === undefined) continue;
    found.set(name, words);
    words = [];
  }
  return found;
}
