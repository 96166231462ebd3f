import { bold, dim, green, paint, red, yellow } from "../terminal.js";
import type { PluginChanges } from "./changes.js";
import type { RunEvent } from "./events.js";

/** So many requests a second are told of one by one; the others are counted. */
const mostExchanges = 20;

const palette = [36, 35, 34, 32, 33, 96, 95, 94].map(paint);

const levelPaint: Record<string, (text: string) => string> = {
  trace: dim,
  debug: dim,
  info: (text) => text,
  warning: yellow,
  error: red,
  critical: red,
};

/** Shows a run in a terminal, a line or a few for each event; each plugin has a colour of its own. */
export class Screen {
  private readonly paints = new Map<string, (text: string) => string>();
  private readonly width: number;
  private second = 0;
  private inSecond = 0;
  private left = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Whether what plugins changed is shown. */
  diffs = true;

  constructor(
    names: readonly string[],
    private readonly print: (line: string) => void,
  ) {
    for (const [index, name] of names.entries()) this.paints.set(name, palette[index % palette.length]!);
    this.width = Math.max("upstream".length, ...names.map(({ length }) => length));
  }

  readonly show = (event: RunEvent): void => {
    switch (event.event) {
      case "ready":
        return this.ready(event);
      case "log":
        return this.line(
          event.plugin,
          (levelPaint[event.level] ?? dim)(`${event.level.padEnd(7)} ${event.message}`),
        );
      case "diff":
        return this.exchange(event);
      case "upstream":
        return this.upstream(event);
      case "building":
        return;
      case "rebuilt":
        return this.print(
          green(
            `${event.plugin}: ${event.what === "module" ? "rebuilt" : "configured anew"}, live after ${(event.milliseconds / 1000).toFixed(1)} s`,
          ),
        );
      case "unchanged":
        return this.print(dim(`${event.plugin}: built, and the same as before`));
      case "error":
        return this.print(
          event.kind === "host"
            ? red(event.message)
            : `${red("what served goes on serving:")} ${event.message}`,
        );
      case "warning":
        return this.print(yellow(event.message));
      case "note":
        return this.print(dim(event.message));
      case "stopped":
        clearTimeout(this.timer);
        return this.print(dim("stopped"));
    }
  };

  private ready({
    url,
    admin,
    host,
    version,
    plugins,
    upstream,
  }: Extract<RunEvent, { event: "ready" }>): void {
    const name = host === "envoy" ? `Envoy ${version}` : "the embedded host";
    const chain = plugins.map((plugin) => this.paintOf(plugin)(plugin)).join(" -> ");
    const behind = upstream === "echo" ? "an upstream that says what reached it" : upstream;
    this.print(`\n  ${bold(url)}  ${dim("->")} ${name} ${dim("->")} ${chain} ${dim("->")} ${behind}`);
    this.print(`  ${dim(`admin  ${admin}`)}\n`);
  }

  private upstream({ method, path, headers, body }: Extract<RunEvent, { event: "upstream" }>): void {
    if (!this.diffs || this.isBusy) return;
    const fields = headers.map(([name, value]) => `${name}: ${value}`).join(", ");
    const text =
      body === "" ? "" : ` ${JSON.stringify(body.length > 200 ? `${body.slice(0, 200)}...` : body)}`;
    const what = method === "" ? "got" : `got ${method} ${path}`;
    this.line("upstream", dim(`${what}${text}${fields === "" ? "" : `  ${fields}`}`));
  }

  private exchange(event: Extract<RunEvent, { event: "diff" }>): void {
    if (!this.diffs || event.method === "") return;
    if (this.isBusy) {
      this.left++;
      this.timer ??= setTimeout(() => this.tellLeft(), 1000);
      return;
    }
    this.inSecond++;
    const { method, path, status, milliseconds, plugins } = event;
    const colour = status === 0 ? red : status < 400 ? green : yellow;
    this.print(
      `${bold(`${method} ${path}`)}  ${colour(status === 0 ? "no answer" : String(status))}  ${dim(`${milliseconds} ms`)}`,
    );
    for (const changes of plugins) for (const text of told(changes)) this.line(changes.plugin, text, "  ");
  }

  /** Whether so much happens that nobody could read it all. */
  private get isBusy(): boolean {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.second) [this.second, this.inSecond] = [second, 0];
    return this.inSecond >= mostExchanges;
  }

  private tellLeft(): void {
    this.timer = undefined;
    this.print(dim(`... and ${this.left} more requests`));
    this.left = 0;
  }

  private line(name: string, text: string, indent = ""): void {
    this.print(`${indent}${this.paintOf(name)(name.padEnd(this.width))} ${dim("|")} ${text}`);
  }

  private paintOf(name: string): (text: string) => string {
    return this.paints.get(name) ?? dim;
  }
}

/** What a plugin did to an exchange, in lines. */
function told({ request, response, answered }: PluginChanges): string[] {
  const lines = [
    ...request.map((change) => `${painted(change)} ${dim("to the upstream")}`),
    ...(answered === undefined ? [] : [yellow(`answered ${answered}`)]),
    ...response.map((change) => `${painted(change)} ${dim("to the client")}`),
  ];
  return lines.length > 0 ? lines : [dim("nothing changed")];
}

const painted = (change: string) =>
  (change.startsWith("+") ? green : change.startsWith("-") ? red : yellow)(change);
