import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FoundEnvoy } from "../envoy/find.js";
import { CompileError } from "../project/compile.js";
import { Finding, WrongUse } from "../terminal.js";
import { Echo } from "./echo.js";
import { EmbeddedHost } from "./embedded-host.js";
import type { Endpoint } from "../words/endpoint.js";
import { upstreamText } from "./envoy-bootstrap.js";
import { EnvoyHost } from "./envoy-host.js";
import type { Emit, RunEvent } from "./events.js";
import { hints } from "./hints.js";
import { Refused, type ServingHost, type Settings } from "./host.js";
import { listenForKeys, openInBrowser } from "./keys.js";
import type { Link } from "./links.js";
import { Modules } from "./modules.js";
import { once } from "./once.js";
import type { Output } from "./output.js";
import { Reloader } from "./reloader.js";
import { StopSignals } from "./signals.js";
import { trapLines } from "./trap-lines.js";
import { Watch } from "./watch.js";

/** The settings of a run; without an upstream it has the one that is built in. */
export type SessionSettings = Omit<Settings, "upstream"> & { upstream: Endpoint | null };

/** One run, from the first build to the end of all that it started. */
export class Session {
  private readonly closing: (() => Promise<void> | void)[] = [];
  private readonly signals = new StopSignals();

  constructor(
    private readonly links: readonly Link[],
    private readonly settings: SessionSettings,
    private readonly envoy: FoundEnvoy | null,
    /** `told` are clusters of which it was said already that nobody named them. */
    private readonly making: { watches: boolean; debug: boolean; told: readonly string[] },
    private readonly output: Output,
  ) {}

  private get isTcp(): boolean {
    return this.links.every(({ isNetwork }) => isNetwork);
  }

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
    const modules = new Modules(join(folder, "modules"), this.making.watches, this.making.debug);
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
    const { upstream } = this.settings;
    const quiet = once(this.output.emit);
    const emit = hints(
      trapLines(quiet.emit, this.links, (name) => modules.builds(name)),
      upstream && upstreamText(upstream, this.isTcp),
      this.making.told,
    );
    const host = await quiet.during(() => this.start(folder, emit));
    this.closing.push(() => host.stop());
    const serving = { replace: (link: Link) => quiet.during(() => host.replace(link)) };
    const reloader = new Reloader(this.links, digests, modules, serving, emit, () => watch?.addSources());
    const watch = this.making.watches
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
    const echo = await (this.isTcp ? Echo.tcp(emit) : Echo.http(emit));
    this.closing.push(() => echo.stop());
    return { host: "127.0.0.1", port: echo.port, tls: false, http2: false };
  }

  private ready(host: ServingHost): RunEvent {
    const { address, upstream } = this.settings;
    const shown = address === "0.0.0.0" ? "127.0.0.1" : address.includes(":") ? `[${address}]` : address;
    const scheme = this.isTcp ? "tcp" : "http";
    return {
      event: "ready",
      url: `${scheme}://${shown}:${host.port}`,
      admin: `http://127.0.0.1:${host.adminPort}`,
      host: this.envoy === null ? "embedded" : "envoy",
      ...(this.envoy !== null && { version: this.envoy.version }),
      plugins: this.links.map(({ name }) => name),
      upstream: upstream === null ? "echo" : upstreamText(upstream, this.isTcp),
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
