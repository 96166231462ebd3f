import type { Cluster, HttpListener } from "../cli/envoy/bootstrap.js";
import type { HttpFilter } from "../cli/envoy/filters.js";
import { Envoy } from "../cli/envoy/process.js";
import { compare } from "../cli/measure/comparison.js";
import { envoySubject } from "../cli/measure/envoy-subject.js";
import { LoadGenerator } from "../cli/measure/load/generator.js";
import { seeded, shuffled } from "../cli/measure/random.js";
import { requestBytes } from "../cli/measure/request-bytes.js";
import { type Measured, measureInRounds, type Round, type Subject } from "../cli/measure/rounds.js";
import { quantile, summary } from "../cli/measure/summary.js";
import { filtersOf } from "./library.js";
import { titles } from "./names.js";
import { filterOf } from "./peers.js";
import type { Plan } from "./plans.js";
import type { EnvoyRun, EnvoyVariant, StartFigures } from "./result.js";
import { type Workload, workload } from "./workloads.js";

type Progress = (share: number, what: string) => void;

interface Contender {
  subject: Subject;
  peer: EnvoyVariant["peer"];
  chain: number;
}

/** Without a filter. */
const bare = "no filter";

export async function measurePlan(binary: string, plan: Plan, progress: Progress): Promise<EnvoyRun> {
  return withSubjects(binary, plan, async (contenders) => {
    const generator = LoadGenerator.start(plan.workers);
    try {
      const { subjects, rate, lateness } = await measureInRounds(
        contenders.map(({ subject }) => subject),
        {
          rounds: plan.rounds,
          starts: plan.starts,
          milliseconds: plan.milliseconds,
          connections: 8 * plan.workers,
          expected: ["200"],
          generator,
          progress,
        },
      );
      const variants = subjects.map((one, index) => variant(one, contenders[index]!, subjects, contenders));
      const { id, title, workload: name, workers, rounds } = plan;
      return { id, title, workload: name, workers, rounds, rate, lateness, variants };
    } finally {
      await generator.stop();
    }
  });
}

/** From the start of the process to the first answer, one after the other, in an order that changes. */
export async function measureStarts(
  binary: string,
  plan: Plan,
  rounds: number,
  progress: Progress,
): Promise<StartFigures[]> {
  return withSubjects(binary, plan, async (contenders) => {
    const times = new Map<Contender, number[]>(contenders.map((one) => [one, []]));
    const random = seeded(1);
    for (let round = 0; round < rounds; round++) {
      for (const one of shuffled(contenders, random)) {
        progress(round / rounds, `starting ${one.subject.name}`);
        const running = await one.subject.start();
        await running.stop();
        times.get(one)!.push(running.millisecondsToFirstAnswer);
      }
    }
    return contenders.map((one) => ({
      name: one.subject.name,
      peer: one.peer,
      milliseconds: summary(times.get(one)!),
    }));
  });
}

async function withSubjects<T>(
  binary: string,
  plan: Plan,
  use: (contenders: Contender[]) => Promise<T>,
): Promise<T> {
  const one = workload(plan.workload);
  const isBeside = one.service || one.timed.body !== undefined || plan.library?.plugin === "ext-auth";
  const beside = isBeside ? await besideEnvoy(binary, plan, one) : null;
  try {
    const request = requestBytes({
      method: one.timed.method ?? "GET",
      path: one.timed.path ?? "/",
      host: "bench.example",
      headers: [...(one.timed.headers ?? []), ...(plan.moreHeaders ?? [])],
      body: one.timed.body === undefined ? null : Buffer.from(one.timed.body),
    });
    const clusters: Cluster[] =
      beside === null
        ? []
        : ["upstream", "service"].map((name) => ({ name, address: { port: beside.port(name) } }));
    const listener =
      one.timed.body === undefined
        ? answering(200, plan.responseBody ?? one.timed.response?.body)
        : { routes: [{ cluster: "upstream" }] };
    const contender = (name: string, filters: HttpFilter[]): Subject =>
      envoySubject({
        name,
        binary,
        filters,
        clusters,
        concurrency: plan.workers,
        request,
        isHead: false,
        check: (status) => {
          if (status !== 200) throw new Error(`${plan.id}: ${name} answers with ${status}`);
        },
        bufferLimit: 4 * 1024 * 1024,
        ...listener,
      });
    const contenders: Contender[] = [{ subject: contender(bare, []), peer: null, chain: 0 }];
    const ofLibrary = plan.library ? await filtersOf(plan.library) : null;
    for (const [position, { peer, chain }] of plan.variants.entries()) {
      const filter = ofLibrary?.[position] ?? (await filterOf(peer, plan.workload));
      if (filter === null) continue;
      const filters = Array.from({ length: chain }, (_, index) => numbered(filter, index));
      const name = chain === 1 ? titles[peer] : `${chain} x ${titles[peer]}`;
      contenders.push({ subject: contender(name, filters), peer, chain });
    }
    return await use(contenders);
  } finally {
    await beside?.stop();
  }
}

/** Filters that are alike in everything would share a VM and a root context. */
const numbered = (filter: HttpFilter, index: number): HttpFilter =>
  "code" in filter ? { ...filter, vmId: `${filter.vmId}-${index}` } : filter;

/** What answers requests with bodies, and calls: its time is not counted. */
const besideEnvoy = (binary: string, plan: Plan, { service }: Workload): Promise<Envoy> =>
  Envoy.start({
    binary,
    concurrency: plan.workers,
    listeners: [
      { name: "upstream", filters: [], ...answering(200) },
      { name: "service", filters: [], ...answering(service?.status ?? 200) },
    ],
    clusters: [],
  });

/** A listener whose requests Envoy answers by itself. */
function answering(status: number, body?: string): Pick<HttpListener, "routes" | "more"> {
  const direct_response = { status, ...(body && { body: { inline_string: body } }) };
  return {
    routes: [],
    more: {
      route_config: {
        name: "answer",
        max_direct_response_body_size_bytes: Math.max(body?.length ?? 0, 1),
        virtual_hosts: [
          { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, direct_response }] },
        ],
      },
    },
  };
}

function variant(
  seen: Measured,
  { peer, chain }: Contender,
  subjects: readonly Measured[],
  contenders: readonly Contender[],
): EnvoyVariant {
  if (seen.rounds.length === 0)
    throw new Error(`${seen.name} gave no good answers: ${JSON.stringify(seen.failures)}`);
  const of = (figure: keyof Round) => summary(seen.rounds.map((round) => round[figure]));
  const native = contenders.findIndex((one) => one.peer === "native");
  return {
    name: seen.name,
    peer,
    chain,
    cpuMicroseconds: of("cpuMicroseconds"),
    throughput: of("throughput"),
    p50: of("p50"),
    p99: of("p99"),
    busy: of("busy").median,
    resident: quantile(
      seen.memory.map(({ resident }) => resident),
      0.5,
    ),
    failures: Object.values(seen.failures).reduce((sum, count) => sum + count, 0),
    against: peer === null ? null : against(subjects[0]!, seen),
    overNative: peer === "as-proxy-wasm" && native >= 0 ? against(subjects[native]!, seen) : null,
  };
}

/** Rounds in which one of the two had no good answer say nothing of their difference. */
function against(before: Measured, after: Measured): EnvoyVariant["against"] {
  if (before.rounds.length !== after.rounds.length) return null;
  const cpu = ({ rounds }: Measured) => rounds.map(({ cpuMicroseconds }) => cpuMicroseconds);
  return compare(cpu(before), cpu(after), { end: "low", blocks: before.rounds.map(({ block }) => block) });
}
