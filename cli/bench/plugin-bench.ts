import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Cluster } from "../envoy/bootstrap.js";
import type { FoundEnvoy } from "../envoy/find.js";
import { chosenEnvoy, type EnvoyChoice } from "../envoy/option.js";
import { EnvoyRefused } from "../envoy/process.js";
import { CameToHarm, envoySubject } from "../measure/envoy-subject.js";
import { type Expected, isExpected, ordinary } from "../measure/load/expected.js";
import { LoadGenerator } from "../measure/load/generator.js";
import { requestBytes, type RequestDescription } from "../measure/request-bytes.js";
import { measureInRounds, type Measurement, type Subject } from "../measure/rounds.js";
import { Finding, MissingPrerequisite, type Report, WrongUse } from "../terminal.js";
import { readClusters } from "../words/clusters.js";
import type { Endpoint } from "../words/endpoint.js";
import { type ContenderOptions, entries as entriesOf, type Entry, filterOf } from "./contenders.js";
import { inV8 } from "./in-v8.js";
import { judge, type Limits } from "./limits.js";
import { machine } from "./machine.js";
import { notes as notesOf } from "./notes.js";
import { Progress } from "./progress.js";
import { requested, type RequestOptions } from "./requested.js";
import type { BenchResult, BenchSettings } from "./result.js";
import {
  answering,
  Origin,
  originName,
  type UpstreamAnswer,
  upstreamAnswer,
  type UpstreamOptions,
} from "./upstream.js";
import { variants as variantsOf, withoutEnvoy } from "./variants.js";
import { verdict } from "./verdict.js";

export interface PluginBenchOptions
  extends EnvoyChoice, ContenderOptions, RequestOptions, UpstreamOptions, Limits {
  host?: "envoy" | "v8";
  upstream?: "direct" | "envoy";
  cluster: string[];
  status: string[];
  rounds: number;
  starts: number;
  duration: number;
  connections: number;
  rate?: number;
  concurrency: number;
}

/** Measures plugins beside the same proxy without them. `report` hears what is under way. */
export async function benchPlugins(
  words: readonly string[],
  options: PluginBenchOptions,
  report: Report,
): Promise<BenchResult> {
  const answer = upstreamAnswer(options);
  const request = await requested(options, "localhost");
  const clusters = [...readClusters(options.cluster)].map(clusterAt);
  const around = machine();
  const entries = await entriesOf(words, options, report);
  const [envoy, absence] = await envoyFor(options, report);
  const contenders = entries.filter(({ kind }) => kind !== "chain").map(({ chain }) => chain[0]!);
  report(`timing ${contenders.length === 1 ? "the module" : "the modules"} alone, in Node's V8`);
  const guests = await inV8(contenders, request, answer);
  const result: BenchResult = {
    version: 1,
    kind: "plugin",
    machine: around,
    envoy: envoy?.version ?? null,
    settings: null,
    variants: [],
    notes: guests.notes,
    verdicts: [],
    limits: [],
  };
  if (envoy === null) {
    if (guests.times.size === 0) throw new WrongUse([`${absence}`, ...guests.notes].join("\n"));
    const notes = [
      `${absence} These are figures of Node's V8 with a host that does next to nothing: for comparing modules, not for what a proxy pays.`,
    ];
    return { ...result, variants: withoutEnvoy(entries, guests.times), notes: [...notes, ...guests.notes] };
  }
  const upstream = options.upstream ?? (request.body === null ? "direct" : "envoy");
  const setup = { binary: envoy.path, entries, request, answer, clusters, upstream };
  const measurement = await inEnvoy(setup, options);
  const variants = variantsOf(measurement.subjects, entries, guests.times);
  const settings: BenchSettings = {
    rounds: options.rounds,
    starts: Math.min(options.starts, options.rounds),
    milliseconds: options.duration,
    connections: options.connections,
    concurrency: options.concurrency,
    rate: measurement.rate,
    request: `${request.method} ${request.path}${request.body === null ? "" : `, a body of ${request.body.length} bytes`}`,
    upstream: `${upstream === "direct" ? "Envoy itself" : "a second Envoy"}: ${answer.status}, ${answer.bodySize} bytes`,
  };
  const { lateness, cpuResolution } = measurement;
  const seen = notesOf({ machine: around, settings, variants, lateness, cpuResolution });
  return {
    ...result,
    settings,
    variants,
    notes: [...seen, ...guests.notes],
    verdicts: variants
      .slice(1)
      .map((variant) => ({ name: variant.name, text: verdict(variant, variants[0]!, settings) })),
    limits: judge(options, variants),
  };
}

/** The Envoy to measure in, or why there is none where that is no mistake. */
async function envoyFor(
  options: PluginBenchOptions,
  report: Report,
): Promise<[FoundEnvoy, ""] | [null, string]> {
  if (options.host === "v8") return [null, "Envoy was left out (--host v8)."];
  try {
    return [await chosenEnvoy(options, report), ""];
  } catch (error) {
    const isAsked =
      options.host === "envoy" || options.envoy !== undefined || options.envoyVersion !== undefined;
    if (isAsked || !(error instanceof MissingPrerequisite)) throw error;
    return [null, error.message];
  }
}

interface Setup {
  binary: string;
  entries: readonly Entry[];
  request: RequestDescription;
  answer: UpstreamAnswer;
  clusters: readonly Cluster[];
  upstream: "direct" | "envoy";
}

async function inEnvoy(setup: Setup, options: PluginBenchOptions): Promise<Measurement> {
  const { binary, entries, request, answer, clusters, upstream } = setup;
  const { concurrency } = options;
  const expected: Expected = options.status.length === 0 ? ordinary : options.status;
  const progress = new Progress();
  const generator = LoadGenerator.start(concurrency);
  let origin: Origin | undefined;
  try {
    if (upstream === "envoy") origin = await Origin.start(binary, answer, concurrency);
    const listener = origin === undefined ? answering(answer) : { routes: [{ cluster: originName }] };
    const subject = (name: string, chain: Entry["chain"]): Subject =>
      envoySubject({
        name,
        binary,
        filters: chain.map(filterOf),
        clusters: [...clusters, ...(origin ? [origin.cluster] : [])],
        concurrency,
        request: requestBytes(request),
        isHead: request.method === "HEAD",
        check: (status) => {
          if (!isExpected(status, expected)) throw new WrongUse(unexpected(name, status, expected));
        },
        ...listener,
      });
    const subjects = [subject("baseline", []), ...entries.map(({ name, chain }) => subject(name, chain))];
    return await measureInRounds(subjects, {
      rounds: options.rounds,
      starts: options.starts,
      milliseconds: options.duration,
      connections: options.connections,
      ...(options.rate !== undefined && { rate: options.rate }),
      expected,
      generator,
      progress: (share, what) => progress.show(share, what),
    });
  } catch (error) {
    if (error instanceof EnvoyRefused)
      throw new WrongUse(
        `${error.message}\nA plugin is told what --config says, else the pluginConfig of its wasmplugin.yaml.`,
      );
    if (error instanceof CameToHarm) {
      progress.clear();
      console.error(error.message);
      throw new Finding();
    }
    throw error;
  } finally {
    progress.clear();
    await generator.stop();
    await origin?.stop();
  }
}

const unexpected = (name: string, status: number, expected: Expected): string =>
  `${name === "baseline" ? "The proxy without a plugin" : name} answers this request with ${status}, where ${expected.join(" or ")} counts as good: give the request what it needs (--path, -H, -d), or say --status ${status} to measure just that.`;

/** Where a plugin's callouts go. */
function clusterAt([name, { host, port, tls, http2 }]: [string, Endpoint]): Cluster {
  if (tls || !/^[\d.]+$|^localhost$/.test(host))
    throw new WrongUse(
      `--cluster ${name}: services of a measurement are on this machine, without TLS: ${name}=http://127.0.0.1:9000`,
    );
  return { name, address: { host: host === "localhost" ? "127.0.0.1" : host, port }, http2 };
}

/** Throws where a file could not be written, before minutes are spent. */
export function seeThatWritable(option: string, file: string | undefined): void {
  if (file === undefined) return;
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) throw new WrongUse(`${option} ${file}: there is no folder ${folder}`);
}
