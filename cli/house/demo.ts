import type { Compiled } from "../compile.js";
import { CompileError } from "../project/compile.js";
import { type DemoHost, findDemoHost } from "./demo-hosts.js";
import { differences } from "../differences.js";
import type { WasmFilter } from "../envoy/filters.js";
import { buildPlugin } from "../plugins.js";
import { breachLines, buildTable } from "../report.js";
import { request, requestHttp2, type RequestOptions, type Response } from "../request.js";
import { bold, dim, green, red, run, step, yellow } from "../terminal.js";
import { type Reply, type SeenRequest, Upstream } from "../upstream.js";

/**
 * `npm run demo`: real traffic through a real Envoy, or through the embedded host where there is none. One listener has
 * the whole chain of plugins, one has none, and one more for each plugin has that plugin alone: what a plugin did is the
 * difference between its listener and none.
 */

interface Step {
  says: string;
  options: RequestOptions & { path: string };
  http2?: boolean;
}

const steps: Step[] = [
  { says: "an ordinary request", options: { path: "/ok" } },
  { says: "one that the upstream does not know", options: { path: "/missing" } },
  {
    says: "one with a body",
    options: { path: "/ok", headers: { "Content-Type": "text/plain" }, body: "hi there" },
  },
  { says: "the first again, over HTTP/2", options: { path: "/ok" }, http2: true },
];

const upstreamAnswers = ({ method, path, body }: SeenRequest): Reply => {
  const headers = { "content-type": "text/plain" };
  if (path !== "/ok") return { status: 404, headers, body: "nothing here\n" };
  return {
    headers,
    body: method === "POST" ? `the upstream got ${body.length} bytes\n` : "hello from the upstream\n",
  };
};

const customHeaders = { header_name: "x-demo", header_value: "only on 200", response_codes: [200] };

/** What is shown, in the order in which a request meets it, with its configuration. */
const shown: [plugin: string, more?: Partial<WasmFilter>][] = [
  ["hello"],
  ["custom-headers", { configuration: customHeaders }],
];

async function build(): Promise<WasmFilter[]> {
  const modules = await step("compiling the plugins", async () => {
    const compiled: Compiled[] = [];
    for (const [name] of shown) compiled.push(await buildPlugin(name));
    return compiled;
  });
  console.log(`\n${buildTable(modules)}\n`);
  const breaches = breachLines(modules);
  if (breaches.length > 0)
    throw new CompileError(`Hosts would not load these modules:\n${breaches.join("\n")}`);
  return modules.map(({ name, file }, index) => ({
    name,
    rootId: name,
    vmId: name,
    code: file,
    ...shown[index]![1],
  }));
}

/** One of the demonstrated requests through one listener. */
function send(host: DemoHost, listener: string, { options, http2 }: Step): Promise<Response> {
  return (http2 ? requestHttp2 : request)(host.port(listener), options);
}

async function show(host: DemoHost, upstream: Upstream, filters: WasmFilter[], asked: Step): Promise<void> {
  const { method = asked.options.body === undefined ? "GET" : "POST", path, body } = asked.options;
  const untouched = await send(host, "none", asked);
  const seenUntouched = upstream.last;
  const changesBy = new Map<string, string[]>();
  for (const { name } of filters) {
    const response = await send(host, name, asked);
    changesBy.set(name, changes(untouched, response, seenUntouched, upstream.last));
  }
  const answer = await send(host, "chain", asked);
  const inAll = changes(untouched, answer, seenUntouched, upstream.last);

  console.log(`${bold(`${method} ${path}`)}  ${dim(asked.says)}`);
  console.log(`  went in        ${body === undefined ? "no body" : JSON.stringify(body)}`);
  console.log(`  upstream said  ${untouched.status}  ${dim(brief(untouched))}`);
  console.log(`  came out       ${colourOf(answer.status)}  ${dim(brief(answer))}`);
  for (const [name, made] of changesBy) {
    if (made.length === 0) console.log(`                 ${dim(`nothing changed by ${name}`)}`);
    for (const change of made) {
      if (!inAll.includes(change))
        throw new Error(`${name} alone made "${change}", and the chain of plugins did not`);
      console.log(`                 ${painted(change)}  ${dim(`by ${name}`)}`);
    }
  }
  console.log();
}

/** All that differs between two ways of one request: what the upstream saw, the status, the headers. */
function changes(
  before: Response,
  after: Response,
  seenBefore: SeenRequest,
  seenAfter: SeenRequest,
): string[] {
  return [
    ...differences(seenBefore.headers, seenAfter.headers).map((change) => `${change} (to the upstream)`),
    ...(before.status === after.status ? [] : [`~ status: ${before.status} -> ${after.status}`]),
    ...differences(before.headers, after.headers),
  ];
}

const brief = ({ headers, text }: Response) =>
  `content-type: ${headers.get("content-type") ?? "none"}  ${JSON.stringify(text)}`;

const colourOf = (status: number) => (status < 400 ? green : yellow)(String(status));
const painted = (change: string) =>
  (change.startsWith("+") ? green : change.startsWith("-") ? red : yellow)(change);

await run(async () => {
  const started = performance.now();
  const kind = await findDemoHost(console.log);
  console.log(`Node ${process.versions.node}, ${kind.description}`);
  const filters = await build();
  const upstream = await Upstream.start(upstreamAnswers);
  try {
    const alone = filters.map((filter) => [filter.name, [filter]] as const);
    const chains = { chain: filters, none: [], ...Object.fromEntries(alone) };
    const host = await step(`starting ${kind.name}`, () => kind.start(chains, upstream.port));
    try {
      const chain = filters.map(({ name }) => name).join(" -> ");
      console.log(
        `\nclient -> ${kind.name} on 127.0.0.1:${host.port("chain")} -> ${chain} -> upstream on ${upstream.port}\n`,
      );
      for (const asked of steps) {
        if (asked.http2 && !kind.http2) console.log(dim(`left out, since it has no HTTP/2: ${asked.says}\n`));
        else await show(host, upstream, filters, asked);
      }
    } finally {
      await host.stop();
    }
  } finally {
    await upstream.stop();
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const named = kind.name.charAt(0).toUpperCase() + kind.name.slice(1);
  console.log(dim(`${named} and the upstream are stopped; all of it took ${seconds} s.`));
  console.log(`Next: read ${bold("plugins/hello/index.ts")}, change it, and run this again.`);
});
