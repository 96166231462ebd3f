import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compilePlugin } from "../../cli/compile.js";
import { pluginModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import {
  FilterState,
  type HttpCall,
  type HttpOutcome,
  ProxyWasmHost,
  SharedState,
} from "../../host/index.js";

type Fields = [string, string][];

const compiled = compilePlugin(join(root, "plugins", "jwt-validator"), pluginModules).then(async ({ file }) =>
  WebAssembly.compile(await readFile(file)),
);

/** What a request came to. */
export interface Came {
  /** 200 where it went on, 0 where it waits. */
  status: number;
  headers: Map<string, string>;
  /** Why the token was not accepted. */
  why: string | undefined;
  /** What the filter state has of the claims. */
  claims: string | undefined;
}

/** A request that may wait. */
export interface Asked {
  now(): Came;
  leave(): void;
}

/** Workers of one process with jwt-validator, and a main thread, on a clock that the test sets. */
export class JwtWorkers {
  /** What the issuer was asked, by the time in milliseconds. */
  readonly fetches: number[] = [];
  readonly lines: string[] = [];
  readonly shared = new SharedState();
  hosts: ProxyWasmHost[] = [];
  /** What the issuer answers. */
  issuer: (call: HttpCall) => HttpOutcome | Promise<HttpOutcome> = () => "refused";
  private time = 1_800_000_000_000_000_000n;

  static async start(configuration: object, count = 1): Promise<JwtWorkers> {
    const workers = new JwtWorkers();
    for (let i = 0; i < count; i++) await workers.add(configuration, i === 0);
    return workers;
  }

  async add(configuration: object, mainThread = false): Promise<ProxyWasmHost> {
    const host = await ProxyWasmHost.load(await compiled, {
      rootId: "jwt-validator",
      pluginName: "jwt-validator",
      pluginConfig: JSON.stringify(configuration),
      shared: this.shared,
      mainThread,
      clock: { now: () => this.time },
      onLog: (_, message) => void this.lines.push(message),
      httpCalls: (call) => {
        this.fetches.push(this.milliseconds);
        return this.issuer(call);
      },
    });
    assert.ok(host.configured, this.lines.join("\n"));
    this.hosts.push(host);
    return host;
  }

  /** The time since 1970. */
  get milliseconds(): number {
    return Number(this.time / 1_000_000n);
  }

  setSeconds(seconds: number): void {
    this.time = BigInt(Math.round(seconds * 1000)) * 1_000_000n;
  }

  /** Lets time pass, a few milliseconds at a time, for those who hear of it. */
  async pass(milliseconds: number, hosts = this.hosts, step = 5): Promise<void> {
    for (let left = milliseconds; left > 0; left -= step) {
      this.time += BigInt(step * 1_000_000);
      for (const host of hosts) host.tick(step);
      for (const host of hosts) await host.settled();
    }
  }

  /** Sends a request; what does not wait is over then. */
  send(fields: Fields, host = this.hosts[0]!, path = "/"): Asked {
    const filterState = new FilterState();
    const stream = host.stream({ filterState });
    const first = stream.requestHeaders(
      [[":method", "GET"], [":path", path], [":authority", "a"], [":scheme", "http"], ...fields],
      true,
    );
    assert.equal(first.trap, undefined);
    return {
      now: () => {
        const { localReply, paused, trap } = stream.requestState;
        assert.equal(trap, undefined);
        const headers = new Map(localReply?.headers);
        const claims = filterState.get("wasm.jwt_payload");
        return {
          status: localReply?.status ?? (paused ? 0 : 200),
          headers,
          why: /error_description="([^"]*)"/.exec(headers.get("www-authenticate") ?? "")?.[1],
          claims: claims && Buffer.from(claims).toString(),
        };
      },
      leave: () => stream.close(),
    };
  }

  /** What a request with a token in `authorization` comes to at once. */
  ask(token: string, host = this.hosts[0]!): Came {
    const asked = this.send([["authorization", `Bearer ${token}`]], host);
    const came = asked.now();
    asked.leave();
    return came;
  }

  metric(decision: string): number {
    const name = `decision=.=${decision};.;jwt_validator_requests_total`;
    return Number(this.shared.metrics.find((metric) => metric.name === name)?.value ?? 0n);
  }
}
