import { MissingPrerequisite, WrongUse } from "../terminal.js";
import { runCommand } from "./test-request.js";

export interface GateOptions {
  prometheus?: string;
  gateQuery?: string[];
  max?: number[];
  gate?: string;
}

/** What must hold before a canary goes further: null when it does, else why not. */
export interface Gate {
  what: string;
  pass(signal: AbortSignal): Promise<string | null>;
}

/** The gates that were asked for. Throws `WrongUse` where they cannot be meant so. */
export function gatesFrom({ prometheus, gateQuery = [], max = [], gate }: GateOptions): Gate[] {
  if (gateQuery.length > 0 && prometheus === undefined)
    throw new WrongUse("--gate-query needs to know where Prometheus is: --prometheus http://host:9090");
  if (prometheus !== undefined && gateQuery.length === 0)
    throw new WrongUse("--prometheus needs a question: --gate-query with PromQL, and --max");
  if (prometheus !== undefined && (!URL.canParse(prometheus) || !/^https?:/.test(prometheus)))
    throw new WrongUse(`--prometheus ${prometheus}: expected http://host:9090`);
  if (max.length !== gateQuery.length)
    throw new WrongUse(
      `there are ${gateQuery.length} --gate-query and ${max.length} --max: give one for each`,
    );
  const gates = gateQuery.map((query, index): Gate => {
    const most = max[index]!;
    return {
      what: `${query} <= ${most}`,
      pass: async (signal) => {
        const value = await ask(prometheus!, query, signal);
        return value === null || value <= most ? null : `${query} is ${value}, and ${most} is allowed`;
      },
    };
  });
  if (gate !== undefined) gates.push({ what: gate, pass: (signal) => runCommand(gate, 120_000, signal) });
  return gates;
}

/** As Prometheus writes it: a quantile above the last bucket is `+Inf`, which must not pass for no value. */
const numberIn = (text: string | undefined): number => Number(text?.replace(/Inf$/, "Infinity"));

/**
 * The largest value that a query has now. Null where it has none, as a rate of errors has while there are no requests;
 * NaN, which a share of nothing is, counts as none.
 */
async function ask(prometheus: string, query: string, signal: AbortSignal): Promise<number | null> {
  const url = new URL(`${prometheus.replace(/\/$/, "")}/api/v1/query`);
  url.searchParams.set("query", query);
  let answer: Response;
  try {
    answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]) });
  } catch (error) {
    signal.throwIfAborted();
    const { cause, message } = error as Error & { cause?: { code?: string } };
    throw new MissingPrerequisite(`Prometheus at ${prometheus} does not answer (${cause?.code ?? message})`);
  }
  type Said = { status?: string; error?: string; data?: { resultType?: string; result?: unknown } };
  const said = (await answer.json().catch(() => null)) as Said | null;
  if (said?.status !== "success")
    throw new WrongUse(
      `Prometheus does not take the query ${query}: ${said?.error ?? `it answers ${answer.status}`}`,
    );
  const { resultType, result } = said.data ?? {};
  const values =
    resultType === "scalar"
      ? [numberIn((result as [number, string])[1])]
      : ((result ?? []) as { value?: [number, string] }[]).map(({ value }) => numberIn(value?.[1]));
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? null : Math.max(...known);
}
