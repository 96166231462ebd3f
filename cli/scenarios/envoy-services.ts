import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../envoy/bootstrap.js";
import { type Answer, Upstream } from "../upstream.js";
import { grpcReply, messageIn } from "./grpc-wire.js";
import type { Scenario, Step } from "./scenario.js";
import { GrpcScript, HttpScript, type SeenCall } from "./script.js";
import type { ServiceScript } from "./script-types.js";
import { upstreamName } from "./stage.js";

/** How long Envoy may take to see that a service has gone, in milliseconds. */
const untilSeen = 50;

/** A service of a scenario as a server of the loopback, which keeps its port while nobody listens there. */
class ServiceServer {
  seen: SeenCall[] = [];
  private server: Upstream | undefined;
  private answer: Answer = () => ({});

  private constructor(
    readonly port: number,
    readonly http2: boolean,
  ) {}

  static async open(script: ServiceScript | undefined): Promise<ServiceServer> {
    const http2 = typeof script === "object" && "grpc" in script;
    const upstream = await Upstream.start(undefined, { http2 });
    const server = new ServiceServer(upstream.port, http2);
    server.use(upstream);
    await server.change(script);
    return server;
  }

  async change(script: ServiceScript | undefined): Promise<void> {
    if (script === "no_hosts") return;
    if (script === "unreachable") return this.down();
    this.answer = this.answerOf(script);
    if (this.server === undefined)
      this.use(await Upstream.start(undefined, { http2: this.http2, port: this.port }));
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }

  private async down(): Promise<void> {
    if (this.server === undefined) return;
    await this.stop();
    await sleep(untilSeen);
  }

  private use(upstream: Upstream): void {
    this.server = upstream;
    upstream.answer = (request) => this.answer(request);
  }

  private answerOf(script: Exclude<ServiceScript, string> | undefined): Answer {
    if (script === undefined || Array.isArray(script)) {
      const played = new HttpScript(script);
      return (request) => {
        this.seen.push(request);
        return played.answer(request);
      };
    }
    const played = new GrpcScript(script.grpc);
    return (request) => {
      const message = messageIn(request.body);
      const call = { ...request, ...(message && { message }) };
      this.seen.push(call);
      return grpcReply(played.answer(call));
    };
  }
}

/** The services of scenarios that one Envoy plays. */
export class EnvoyServices {
  private constructor(
    private readonly servers: ReadonlyMap<string, ServiceServer>,
    private readonly empty: readonly string[],
  ) {}

  static async open({
    upstream,
    clusters = {},
  }: Pick<Scenario, "upstream" | "clusters">): Promise<EnvoyServices> {
    const servers = new Map<string, ServiceServer>();
    for (const [name, script] of Object.entries({ [upstreamName]: upstream, ...clusters }))
      servers.set(name, await ServiceServer.open(script));
    const empty = Object.keys(clusters).filter((name) => clusters[name] === "no_hosts");
    return new EnvoyServices(servers, empty);
  }

  get names(): string[] {
    return [...this.servers.keys()];
  }

  seen(name: string): readonly SeenCall[] {
    return this.servers.get(name)?.seen ?? [];
  }

  async change({ upstream, clusters = {} }: NonNullable<Step["change"]>): Promise<void> {
    if (upstream !== undefined) await this.servers.get(upstreamName)?.change(upstream);
    for (const [name, script] of Object.entries(clusters)) await this.servers.get(name)?.change(script);
  }

  /** The next scenario begins: the upstream is another one, and nobody has asked it. */
  async restart({ upstream }: Scenario): Promise<void> {
    const server = this.servers.get(upstreamName)!;
    await server.change(upstream);
    server.seen = [];
  }

  /** What Envoy is told of them. */
  get clusters(): Cluster[] {
    return [...this.servers].map(([name, { port, http2 }]) => ({
      name,
      address: { port },
      http2,
      http1Trailers: true,
      ...(this.empty.includes(name) && {
        more: { load_assignment: { cluster_name: name, endpoints: [] } },
      }),
    }));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.stop()));
  }
}
