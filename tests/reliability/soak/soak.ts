import { setTimeout as sleep } from "node:timers/promises";
import { basic, burst, chain, refillPerSecond, Services, tokens, wide } from "../chain.js";
import { Service, type Told } from "../service.js";
import { Proxy } from "../../envoy/harness.js";
import { Connection } from "./connection.js";
import { Oracle } from "./oracle.js";
import { type Plan, plan, randomly } from "./plan.js";
import { Session } from "./session.js";

export interface SoakOptions {
  /** Requests at most. */
  requests: number;
  /** Seconds at most. */
  seconds: number;
  seed: number;
  onProgress?: (line: string) => void;
  /** For trying the oracle: changes to the settings of plugins, by their names. */
  changes?: Parameters<typeof chain>[0];
}

export interface SoakResult {
  sent: number;
  judged: number;
  left: number;
  seconds: number;
  hits: number;
  statuses: Record<string, number>;
  wrong: string[];
  late: number;
  surplus: number;
  /** Of Envoy, in bytes, after the first fifth and at the end. */
  memory: { before: Memory; after: Memory };
  /** What is still open when all is over. */
  rest: Record<string, number>;
  traps: string[];
  callouts: Record<string, number>;
}

type Memory = { allocated: number; resident: number };

async function memoryOf({ envoy }: Proxy): Promise<Memory> {
  const { allocated } = await envoy.admin.memory();
  return { allocated, resident: (await envoy.usage()).rss };
}

/** What the upstream says, which keeps nothing but the generations of what may be cached. */
function upstream(oracle: () => Oracle): Service["say"] {
  const generations = new Map<string, number>();
  return ({ path, headers, body }): Told | "reset" => {
    const n = Number(headers["x-n"] ?? NaN);
    oracle().upstreamSaw(n, headers);
    if (path.endsWith("?resets")) return "reset";
    const common = {
      "x-internal": "1",
      "x-saw-identity": String(headers["x-identity"] ?? "none"),
      "x-saw-sub": String(headers["x-sub"] ?? "none"),
      "x-saw-user": String(headers["x-user"] ?? "none"),
      // The proxy removes it where basic-auth has judged it.
      "x-saw-authorization":
        path.startsWith("/private") || !headers.authorization ? saw(headers.authorization) : "some",
    };
    if (path.startsWith("/cached/")) {
      const thing = `${path.slice("/cached/".length)} ${String(headers["x-language"])}`;
      const generation = (generations.get(thing) ?? 0) + 1;
      generations.set(thing, generation);
      oracle().made(thing, generation);
      const fields = { ...common, "cache-control": "max-age=1", vary: "x-language" };
      return { headers: fields, body: `${thing} ${generation} SECRET` };
    }
    if (path.startsWith("/own/"))
      return { headers: { ...common, "cache-control": "private, max-age=60" }, body: `answer to ${n}` };
    if (path.startsWith("/echo/"))
      return {
        headers: { ...common, "content-type": "application/json" },
        body,
        cut: path.endsWith("?cuts"),
      };
    return { headers: common, body: `answer to ${n}`, cut: path.endsWith("?cuts") };
  };
}

const saw = (value: string | undefined) => (value === undefined ? "none" : "some");

function fieldsOf(plan: Plan): [string, string][] {
  const { token, password } = plan;
  return [
    ["x-n", String(plan.n)],
    ["x-verdict", plan.verdict],
    ["x-client", plan.client],
    ["x-language", plan.language],
    // What the chain vouches for, by a client that would like to be somebody.
    ["x-identity", "forged"],
    ["x-sub", "forged"],
    ["x-user", "forged"],
    ...(token === "none" ? [] : [["x-token", tokens[token]] as [string, string]]),
    ...(password === "none" ? [] : [["authorization", basic(`ann:${password}`)] as [string, string]]),
    ...(plan.body === "" ? [] : [["content-type", "application/json"] as [string, string]]),
  ];
}

function textOf(plan: Plan): string {
  const lines = fieldsOf(plan).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = plan.body === "" ? "" : `content-length: ${plan.body.length}\r\n`;
  return `${plan.method} ${plan.path} HTTP/1.1\r\nhost: soak\r\n${lines.join("")}${length}\r\n${plan.body}`;
}

/** Sends requests through all bundled plugins on two workers, and has each answer judged. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const oracle = new Oracle(options.requests, { burst, refillPerSecond });
  const services = await Services.start();
  const origin = await Service.start(upstream(() => oracle));
  const proxy = await Proxy.start({
    filters: await chain(options.changes),
    clusters: [{ name: "origin", address: { port: origin.port }, more: wide }, ...services.clusters],
    routes: [{ cluster: "origin", timeout: "60s" }],
    concurrency: 2,
    keepLines: 2_000,
    listener: { balanced: true },
  });
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const random = randomly(options.seed);
  let [sent, late, surplus] = [0, 0, 0];
  const isOver = () => sent >= options.requests || elapsed() >= options.seconds;
  const next = () => plan(sent++, random);

  /** One connection after the other, each for some requests. */
  const overHttp1 = async () => {
    while (!isOver()) {
      const connection = await Connection.open(proxy.port);
      for (let left = 1 + random(200); left > 0 && connection.isUsable && !isOver(); left--) {
        const one = next();
        const text = textOf(one);
        if (one.leaves < 0) {
          oracle.answered(one, await connection.send(text));
          continue;
        }
        void connection.send(text.slice(0, text.length - one.body.length / 2));
        await sleep(one.leaves);
        connection.leave();
        oracle.hasLeft(one);
        break;
      }
      late += connection.late;
      surplus += connection.surplus;
      connection.leave();
    }
  };
  const overHttp2 = async () => {
    while (!isOver()) {
      const session = await Session.open(proxy.port);
      const stream = async (share: number) => {
        for (let left = share; left > 0 && session.isUsable && !isOver(); left--) {
          const one = next();
          const fields: [string, string][] = [
            [":method", one.method],
            [":path", one.path],
            [":authority", "soak"],
            ...fieldsOf(one),
          ];
          const seen = await session.send(fields, one.body, one.leaves);
          if (seen === null) oracle.hasLeft(one);
          else oracle.answered(one, seen);
        }
      };
      const share = 1 + random(60);
      await Promise.all([stream(share), stream(share), stream(share)]);
      session.leave();
    }
  };

  try {
    let before: Memory | undefined;
    const progress = setInterval(() => {
      const rate = Math.round(sent / elapsed());
      options.onProgress?.(
        `${sent} of ${options.requests} requests, ${rate} a second, ${oracle.wrong.length} wrong`,
      );
    }, 10_000);
    const watching = (async () => {
      while (!isOver()) {
        await sleep(100);
        if (before === undefined && (sent >= options.requests / 5 || elapsed() >= options.seconds / 5))
          before = await memoryOf(proxy);
      }
    })();
    await Promise.all([
      ...Array.from({ length: 24 }, overHttp1),
      ...Array.from({ length: 3 }, overHttp2),
      watching,
    ]).finally(() => clearInterval(progress));
    const seconds = elapsed();
    const rest = await untilQuiet(proxy);
    const after = await memoryOf(proxy);
    const counted = await proxy.envoy.admin.stats("chain_requests_total|rq_total$");
    const metrics = [...counted].filter(([name]) => name.includes("chain_requests_total"));
    const total = metrics.reduce((sum, [, value]) => sum + value, 0);
    const [[, streams] = []] = [...counted].filter(([name]) => name === "http.main.downstream_rq_total");
    if (total !== streams) oracle.wrong.push(`custom-metrics counted ${total} of ${streams} streams`);
    return {
      sent,
      judged: oracle.judged,
      left: oracle.left,
      seconds,
      hits: oracle.hits,
      statuses: Object.fromEntries([...oracle.statuses].sort(([a], [b]) => a - b)),
      wrong: oracle.finish(seconds),
      late,
      surplus,
      memory: { before: before ?? after, after },
      rest,
      traps: proxy.envoy.log.matching(/Uncaught RuntimeError|wasm_fail_stream|\]\[critical\]/),
      callouts: { auth: services.auth.asked, policy: services.policy.asked, issuer: services.issuer.asked },
    };
  } finally {
    await proxy.stop();
    await origin.stop();
    await services.stop();
  }
}

/** Waits until nothing is under way any more, and gives what is. */
async function untilQuiet(proxy: Proxy): Promise<Record<string, number>> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const stats = await proxy.envoy.admin.stats(
      "witness_contexts|chain_active|rq_active$|rq_pending_active$",
    );
    const open = Object.fromEntries(
      [...stats].filter(([name, value]) => value !== 0 && !name.includes("admin")),
    );
    if (Object.keys(open).length === 0 || performance.now() > deadline) return open;
    await sleep(100);
  }
}
