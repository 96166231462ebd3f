import { readFileSync } from "node:fs";
import { type HostContext, ScriptedHost } from "./scripted-host.js";

/** A hostcall that a module made, and the context that it acted on. */
export interface Call {
  name: string;
  context: number;
}

export const pluginConfiguration = 7;
export const requestHeaders = 0;
export const responseHeaders = 2;
export const requestBody = 0;
export const responseBody = 1;

/**
 * A scripted host whose contexts have the numbers that a test gives them, and whose callbacks come in any order: also
 * for contexts that are not there, and from within a hostcall. Text is Latin-1: a character a byte.
 */
export class Host {
  readonly calls: Call[] = [];
  readonly log: string[] = [];
  readonly contexts: Map<number, HostContext>;
  /** Runs within a hostcall, before it is answered; for a test to call back from there. */
  within: ((name: string, host: Host) => void) | undefined;
  /** Whether calls and log lines are kept. */
  remember = true;
  private readonly scripted: ScriptedHost;
  private readonly module: WebAssembly.Module;

  constructor(file: string) {
    this.module = new WebAssembly.Module(readFileSync(file));
    this.scripted = new ScriptedHost(this.module, (call) => {
      if (this.remember) {
        this.calls.push({ name: call.name, context: call.effective });
        if (call.name === "proxy_log")
          this.log.push(
            `${Number(call.args["level"])} ${Buffer.from(call.args["message"] as Uint8Array).toString("latin1")}`,
          );
      }
      this.within?.(call.name, this);
    });
    this.scripted.recording = false;
    this.contexts = this.scripted.contexts;
    this.scripted.on("proxy_log", 0);
    this.scripted.on("proxy_get_log_level", { values: [2] });
    this.scripted.on("proxy_get_property", ({ args }) => {
      const found = this.property(
        Buffer.from(args["path"] as Uint8Array)
          .toString("latin1")
          .split("\0"),
      );
      return found === undefined ? 1 : { values: [Buffer.from(found, "latin1")] };
    });
  }

  /** The callbacks that the module exports. */
  get callbacks(): string[] {
    return WebAssembly.Module.exports(this.module)
      .map(({ name }) => name)
      .filter((name) => name.startsWith("proxy_on_"));
  }

  get memorySize(): number {
    return this.scripted.memory.buffer.byteLength;
  }

  /** Calls a callback that the module exports; undefined where it does not. Hosts do the same within a hostcall. */
  call(name: string, context: number, ...rest: number[]): number | undefined {
    return this.scripted.call(`proxy_on_${name}`, context, ...rest);
  }

  /** What the module gives the host for this many bytes. */
  allocate(size: number): number {
    return this.scripted.exports["proxy_on_memory_allocate"]!(size)! >>> 0;
  }

  /** A root context with a configuration. */
  startRoot(id: number, configuration = "", vmConfiguration = ""): boolean {
    const { buffers } = this.enter(id, 0);
    buffers.set(pluginConfiguration, Buffer.from(configuration, "latin1"));
    buffers.set(6, Buffer.from(vmConfiguration, "latin1"));
    this.call("context_create", id, 0);
    const started = this.call("vm_start", id, vmConfiguration.length) ?? 1;
    return started !== 0 && (this.call("configure", id, configuration.length) ?? 1) !== 0;
  }

  /** A stream with request headers; its callbacks are left to the caller. */
  startStream(id: number, root: number, request: [string, string][] = []): HostContext {
    const context = this.enter(id, root);
    context.maps.set(requestHeaders, request);
    this.call("context_create", id, root);
    return context;
  }

  /** A stream's end as Envoy has it. */
  endStream(id: number): void {
    this.call("log", id);
    this.call("done", id);
    this.call("delete", id);
    this.contexts.delete(id);
  }

  private enter(id: number, parent: number): HostContext {
    const context: HostContext = { id, parent, maps: new Map(), buffers: new Map() };
    this.contexts.set(id, context);
    return context;
  }

  /** `request.path` and `request.headers.<name>` of the stream, and nothing else. */
  private property([group, name, field]: string[]): string | undefined {
    if (group !== "request") return undefined;
    const wanted = name === "path" ? ":path" : name === "headers" ? field : undefined;
    return this.scripted.mapOf(requestHeaders)?.find(([other]) => other === wanted)?.[1];
  }
}
