import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chosenEnvoy } from "../envoy/option.js";
import type { FoundEnvoy } from "../envoy/find.js";
import { CompileError } from "../project/compile.js";
import { Finding, MissingPrerequisite, step, WrongUse } from "../terminal.js";
import { type ConfigurationSource, readConfiguration, readSources } from "./configuration.js";
import { Echo } from "./echo.js";
import { EmbeddedHost } from "./embedded-host.js";
import { upstreamText } from "./envoy-bootstrap.js";
import { EnvoyHost } from "./envoy-host.js";
import { type Emit, type RunEvent } from "./events.js";
import { hints } from "./hints.js";
import { Refused, type ServingHost, type Settings } from "./host.js";
import { listenForKeys, openInBrowser } from "./keys.js";
import { type Link, pluginsNamed, rootIdOf } from "./links.js";
import { Modules } from "./modules.js";
import { once } from "./once.js";
import { readOptions, type RunOptions, type Wanted } from "./options.js";
import { freePort, seeThatFree } from "./ports.js";
import { Reloader } from "./reloader.js";
import { Screen } from "./screen.js";
import { StopSignals } from "./signals.js";
import { Watch } from "./watch.js";

/** Where Envoy's users expect it. */
const usualPorts = { proxy: 10_000, admin: 9901 };

/** `apw run`. Comes back when it was told to end. */
export async function run(words: readonly string[], options: RunOptions): Promise<void> {
  const wanted = readOptions(options);
  const links = await linksOf(words, options.config);
  if (options.printConfig) return printConfig(links, wanted, options.json ?? false);

  const output = outputOf(links, options.json ?? false);
  for (const { configuration } of links)
    for (const message of configuration.warnings) output.emit({ event: "warning", message });
  const ports = await portsFor(wanted, output.emit);
  const envoy = await envoyFor(wanted, options, links, output.emit);
  const session = new Session(links, { ...wanted, ...ports }, envoy, options.watch ?? false, output);
  await session.run();
}

/** What is to run, with its configuration read and judged, and nothing built yet. */
async function linksOf(words: readonly string[], configurations: readonly string[]): Promise<Link[]> {
  const named = await pluginsNamed(words);
  const sources: Map<string, ConfigurationSource> = readSources(
    configurations,
    named.map(({ name }) => name),
  );
  const links: Link[] = [];
  for (const { name, plugin } of named) {
    const source = sources.get(name);
    links.push({
      name,
      plugin,
      rootId: rootIdOf(plugin),
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

interface Output {
  emit: Emit;
  /** There where somebody sits at a terminal. */
  screen: Screen | null;
  /** Runs what takes a while. */
  step<T>(label: string, work: () => Promise<T>): Promise<T>;
}

function outputOf(links: readonly Link[], asJson: boolean): Output {
  if (asJson) {
    const emit = (event: RunEvent) => void process.stdout.write(`${JSON.stringify(event)}\n`);
    return { emit, screen: null, step: (_, work) => work() };
  }
  const screen = new Screen(
    links.map(({ name }) => name),
    (line) => console.log(line),
  );
  return { emit: screen.show, screen, step };
}

/** A port that somebody asked for must be free; one that nobody asked for may be another. */
async function portsFor(wanted: Wanted, emit: Emit): Promise<Pick<Settings, "port" | "adminPort">> {
  const { address } = wanted;
  if (wanted.port !== undefined && wanted.port !== 0 && wanted.port === wanted.adminPort)
    throw new WrongUse(`--port and --admin-port are both ${wanted.port}: they need one each`);
  const choose = async (asked: number | undefined, usual: number, option: string) => {
    if (asked !== undefined) {
      await seeThatFree(asked, address, option);
      return asked;
    }
    const port = await freePort(usual, address);
    if (port !== usual)
      emit({ event: "note", message: `port ${usual} is taken, so it is another one (${option})` });
    return port;
  };
  return {
    port: await choose(wanted.port, usualPorts.proxy, "--port"),
    adminPort: await choose(wanted.adminPort, usualPorts.admin, "--admin-port"),
  };
}

/** The Envoy to run; null for the embedded host. */
async function envoyFor(
  wanted: Wanted,
  options: RunOptions,
  links: readonly Link[],
  emit: Emit,
): Promise<FoundEnvoy | null> {
  const tcp = links.find(({ isNetwork }) => isNetwork);
  const needed = tcp && `${tcp.name} is a TCP filter, which the embedded host's proxy does not run`;
  if (wanted.host === "embedded") {
    if (needed !== undefined) throw new WrongUse(`${needed}: leave --host embedded out`);
    return null;
  }
  try {
    return await chosenEnvoy(options, (message) => emit({ event: "note", message }));
  } catch (error) {
    if (!(error instanceof MissingPrerequisite)) throw error;
    if (wanted.host === "envoy" || options.envoy !== undefined)
      throw new MissingPrerequisite(`${error.message}\nWithout Envoy: --host embedded`);
    if (needed !== undefined) throw new MissingPrerequisite(`${needed}. ${error.message}`);
    emit({ event: "note", message: `${error.message}\nThis runs on the embedded host.` });
    return null;
  }
}

/** One run, from the first build to the end of all that it started. */
class Session {
  private readonly closing: (() => Promise<void> | void)[] = [];
  private readonly signals = new StopSignals();

  constructor(
    private readonly links: readonly Link[],
    private readonly settings: Omit<Settings, "upstream"> & Pick<Wanted, "upstream">,
    private readonly envoy: FoundEnvoy | null,
    private readonly watches: boolean,
    private readonly output: Output,
  ) {}

  async run(): Promise<void> {
    try {
      await this.serve();
    } catch (error) {
      if (!(error instanceof Refused || (error instanceof CompileError && this.output.screen === null)))
        throw error;
      this.report(error);
      throw new Finding();
    } finally {
      for (const close of this.closing.reverse()) await close();
      this.signals.forget();
    }
    this.output.emit({ event: "stopped" });
  }

  /** At the start nothing serves yet, so it is said in other words than later. */
  private report(error: Error): void {
    if (this.output.screen !== null) return console.error(error.message);
    const kind = error instanceof Refused ? "refused" : "compile";
    this.output.emit({ event: "error", kind, message: error.message });
  }

  private async serve(): Promise<void> {
    const folder = await this.folder();
    const modules = new Modules(join(folder, "modules"), this.watches);
    this.closing.push(() => modules.stop());
    const digests = new Map<string, string>();
    for (const link of this.links) {
      const make = () => modules.make(link.name, link.plugin);
      const isSource = link.plugin.entry !== null;
      const { file, sha256 } = await (isSource ? this.output.step(`building ${link.name}`, make) : make());
      link.module = file;
      modules.serves(link.name, file);
      digests.set(link.name, sha256);
    }
    const quiet = once(this.output.emit);
    const emit = hints(quiet.emit, this.settings.upstream && upstreamText(this.settings.upstream));
    const host = await quiet.during(() => this.start(folder, emit));
    this.closing.push(() => host.stop());
    const serving = { replace: (link: Link) => quiet.during(() => host.replace(link)) };
    const reloader = new Reloader(this.links, digests, modules, serving, emit, () => watch?.addSources());
    const watch = this.watches
      ? new Watch(
          this.links,
          (name) => modules.sourcesOf(name),
          (changed) => reloader.ask(changed),
        )
      : null;
    if (watch !== null) {
      this.closing.push(() => watch.stop());
      await watch.ready();
    }
    // Who read what this tells is gone, and with that everybody who could end it.
    process.stdout.on("error", () => this.signals.stop());
    this.signals.serving();
    this.output.emit(this.ready(host));
    this.listen(host, reloader);
    const ended = await Promise.race([host.ended, this.signals.asked]);
    if (ended === null) return;
    await sleep(200); // who ended Envoy may be ending this too
    if (this.signals.wereHeard) return;
    this.output.emit({ event: "error", kind: "host", message: ended });
    throw new Finding();
  }

  private async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "apw-run-")).catch((error: Error) => {
      throw new WrongUse(
        `no files can be made in ${tmpdir()} (${error.message}): set TMPDIR to a folder where they can`,
      );
    });
    const remove = () => rmSync(folder, { recursive: true, force: true });
    process.once("exit", remove);
    this.closing.push(remove);
    return folder;
  }

  private async start(folder: string, emit: Emit): Promise<ServingHost> {
    const upstream = this.settings.upstream ?? (await this.echo(emit));
    const settings: Settings = { ...this.settings, upstream };
    const name =
      this.envoy === null ? "the embedded host" : `Envoy ${this.envoy.version} (${this.envoy.from})`;
    return this.output.step<ServingHost>(`starting ${name}`, () =>
      this.envoy === null
        ? EmbeddedHost.start(this.links, settings, emit)
        : EnvoyHost.start(this.envoy, folder, this.links, settings, emit),
    );
  }

  private async echo(emit: Emit) {
    const isTcp = this.links.every(({ isNetwork }) => isNetwork);
    const echo = await (isTcp ? Echo.tcp(emit) : Echo.http(emit));
    this.closing.push(() => echo.stop());
    return { host: "127.0.0.1", port: echo.port, tls: false, http2: false };
  }

  private ready(host: ServingHost): RunEvent {
    const { address, upstream } = this.settings;
    const shown = address === "0.0.0.0" ? "127.0.0.1" : address.includes(":") ? `[${address}]` : address;
    const scheme = this.links.every(({ isNetwork }) => isNetwork) ? "tcp" : "http";
    const adminAddress = this.envoy === null ? "127.0.0.1" : shown;
    return {
      event: "ready",
      url: `${scheme}://${shown}:${host.port}`,
      admin: `http://${adminAddress}:${host.adminPort}`,
      host: this.envoy === null ? "embedded" : "envoy",
      ...(this.envoy !== null && { version: this.envoy.version }),
      plugins: this.links.map(({ name }) => name),
      upstream: upstream === null ? "echo" : upstreamText(upstream),
    };
  }

  /** Keys, where somebody sits at a terminal. */
  private listen(host: ServingHost, reloader: Reloader): void {
    const { screen } = this.output;
    if (screen === null || !process.stdin.isTTY || !process.stdout.isTTY) return;
    const print = (line: string) => console.log(line);
    const all = () => new Set(this.links.map(({ name }) => name));
    const admin = `http://127.0.0.1:${host.adminPort}`;
    const keys = [
      {
        key: "r",
        does: "builds again and reloads",
        act: () => reloader.ask({ modules: all(), configurations: all() }),
      },
      { key: "d", does: "shows what plugins change, or not", act: () => void (screen.diffs = !screen.diffs) },
      { key: "o", does: `opens the admin page, ${admin}`, act: () => openInBrowser(admin, print) },
      { key: "c", does: "clears the screen", act: () => console.clear() },
      { key: "q", does: "ends it", act: () => this.signals.stop() },
    ];
    this.closing.push(listenForKeys(keys, print));
  }
}
