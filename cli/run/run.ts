import { chosenEnvoy } from "../envoy/option.js";
import type { FoundEnvoy } from "../envoy/find.js";
import { rootIdOf } from "../project/plugin.js";
import { MissingPrerequisite, WrongUse } from "../terminal.js";
import { readConfiguration, readSources } from "../words/configuration.js";
import { unnamedClusters } from "../words/unnamed-clusters.js";
import type { Emit } from "./events.js";
import type { Settings } from "./host.js";
import { type Link, pluginsNamed } from "./links.js";
import { readOptions, type RunOptions, type Wanted } from "./options.js";
import { outputOf } from "./output.js";
import { freePort, seeThatFree } from "./ports.js";
import { Session } from "./session.js";

/** Where Envoy's users expect it. */
const usualPorts = { proxy: 10_000, admin: 9901 };

/** `apw run`. Comes back when it was told to end. */
export async function run(words: readonly string[], options: RunOptions): Promise<void> {
  const wanted = readOptions(options);
  const links = await linksOf(words, options);
  if (options.printConfig) return printConfig(links, wanted, options.json ?? false);

  const output = outputOf(links, options.json ?? false);
  for (const { configuration } of links)
    for (const message of configuration.warnings) output.emit({ event: "warning", message });
  const unnamed = new Map(
    links.flatMap(({ plugin, configuration }) => [
      ...unnamedClusters(plugin.name, configuration.text, wanted.clusters.keys()),
    ]),
  );
  for (const message of unnamed.values()) output.emit({ event: "warning", message });
  const ports = await portsFor(wanted, output.emit);
  const envoy = await envoyFor(wanted, options, links, output.emit);
  const making = { watches: options.watch ?? false, debug: options.debug ?? false };
  const told = [...unnamed.keys()];
  const session = new Session(links, { ...wanted, ...ports }, envoy, { ...making, told }, output);
  await session.run();
}

/** What is to run, with its configuration read and judged, and nothing built yet. */
async function linksOf(words: readonly string[], { config, rootId }: RunOptions): Promise<Link[]> {
  const named = await pluginsNamed(words);
  if (rootId !== undefined && named.length > 1)
    throw new WrongUse(
      `--root-id ${rootId} is of one plugin, and there are ${named.length}: a rootIds in the runtime-config.json beside each says it of several`,
    );
  const sources = readSources(
    config,
    named.map(({ name }) => name),
  );
  const links: Link[] = [];
  for (const { name, plugin } of named) {
    const source = sources.get(name);
    links.push({
      name,
      plugin,
      rootId: rootId ?? rootIdOf(plugin),
      isNetwork: plugin.runtime.filter === "network",
      source,
      configuration: await readConfiguration({ name, schema: plugin.schema }, source),
      module: plugin.module,
    });
  }
  return links;
}

async function printConfig(links: Link[], wanted: Wanted, asJson: boolean): Promise<void> {
  const { buildPlugin } = await import("../project/build.js");
  const { staticBootstrap } = await import("./print-config.js");
  for (const link of links) link.module = await buildPlugin(link.plugin);
  const { port = usualPorts.proxy, adminPort = usualPorts.admin } = wanted;
  const text = staticBootstrap({ settings: { ...wanted, port, adminPort }, links }, asJson);
  process.stdout.write(text);
}

/** A port that somebody asked for must be free; one that nobody asked for may be another. */
async function portsFor(wanted: Wanted, emit: Emit): Promise<Pick<Settings, "port" | "adminPort">> {
  const { address } = wanted;
  if (wanted.port !== undefined && wanted.port !== 0 && wanted.port === wanted.adminPort)
    throw new WrongUse(`--port and --admin-port are both ${wanted.port}: they need one each`);
  const choose = async (asked: number | undefined, usual: number, on: string, option: string) => {
    if (asked !== undefined) {
      await seeThatFree(asked, on, option);
      return asked;
    }
    const port = await freePort(usual, on);
    if (port !== usual)
      emit({ event: "note", message: `port ${usual} is taken, so it is another one (${option})` });
    return port;
  };
  return {
    port: await choose(wanted.port, usualPorts.proxy, address, "--port"),
    adminPort: await choose(wanted.adminPort, usualPorts.admin, "127.0.0.1", "--admin-port"),
  };
}

/** What the embedded host's proxy cannot do of what is wanted; null when it can all. */
function needForEnvoy({ upstream }: Wanted, links: readonly Link[]): string | null {
  const tcp = links.find(({ isNetwork }) => isNetwork);
  if (tcp !== undefined) return `${tcp.name} is a TCP filter, which the embedded host's proxy does not run`;
  return upstream?.http2 ? "the embedded host's proxy speaks HTTP/1.1 only to the upstream" : null;
}

/** The Envoy to run; null for the embedded host. */
async function envoyFor(
  wanted: Wanted,
  options: RunOptions,
  links: readonly Link[],
  emit: Emit,
): Promise<FoundEnvoy | null> {
  const needed = needForEnvoy(wanted, links);
  if (wanted.host === "embedded") {
    if (needed !== null) throw new WrongUse(`${needed}: leave --host embedded out`);
    return null;
  }
  try {
    return await chosenEnvoy(options, (message) => emit({ event: "note", message }));
  } catch (error) {
    if (!(error instanceof MissingPrerequisite)) throw error;
    if (wanted.host === "envoy" || options.envoy !== undefined)
      throw new MissingPrerequisite(`${error.message}\nWithout Envoy: --host embedded`);
    if (needed !== null) throw new MissingPrerequisite(`${needed}. ${error.message}`);
    emit({ event: "note", message: `${error.message}\nThis runs on the embedded host.` });
    return null;
  }
}
