import assert from "node:assert/strict";
import type { SeenRequest, Reply } from "../upstream.js";
import { bodyOf, fits, pairsOf } from "./bytes.js";
import {
  compareLog,
  compareMetrics,
  compareResponse,
  compareUpstream,
  type Difference,
  inLines,
} from "./compare.js";
import type { Exchange, ScriptedReply, Scenario, Step } from "./scenario.js";
import type { Stage } from "./stage.js";

/** Plays a scenario to its end and throws when anything is not as it says: all differences, and what was logged. */
export async function play(scenario: Scenario, stage: Stage): Promise<void> {
  const differences = await differencesOf(scenario, stage);
  if (differences.length === 0) return;
  const logged = (await stage.log()).map(({ level, text }) => `  ${level}: ${text}`);
  const log = logged.length === 0 ? "" : `\n\nthe plugins logged\n${[...new Set(logged)].join("\n")}`;
  assert.fail(`\n${differences.map(inLines).join("\n")}${log}`);
}

/** All that is not as the scenario says. */
export async function differencesOf(scenario: Scenario, stage: Stage): Promise<Difference[]> {
  const differences: Difference[] = [];
  if (stage.refused !== (scenario.refused ?? false)) {
    const words = (refused: boolean) => (refused ? "the configuration is refused" : "it is taken");
    differences.push({ where: "refused", wanted: words(!stage.refused), got: words(stage.refused) });
  } else {
    for (const [index, step] of (scenario.steps ?? []).entries()) {
      const found = await playStep(step, stage);
      differences.push(...found.map((one) => ({ ...one, where: `steps[${index}].${one.where}` })));
    }
  }
  if (scenario.log) differences.push(...compareLog(scenario.log, await stage.log()));
  if (scenario.metrics) differences.push(...compareMetrics(scenario.metrics, await stage.metrics()));
  const critical = (await stage.log()).filter(({ level }) => level === "critical").map(({ text }) => text);
  for (const harm of [...stage.harm(), ...critical])
    differences.push({ where: "the host", wanted: "no harm", got: harm });
  return differences;
}

async function playStep(step: Step, stage: Stage): Promise<Difference[]> {
  const [logged, seen] = [(await stage.log()).length, stage.seen.length];
  if (step.wait_ms !== undefined) await stage.wait(step.wait_ms);
  const exchanges = exchangesOf(step);
  const answers = await Promise.all(exchanges.map(({ exchange }) => exchangeDifferences(exchange, stage)));
  const differences = answers.flatMap((found, index) => {
    const { place } = exchanges[index]!;
    return found.map((one) => ({ ...one, where: place + one.where }));
  });
  const lines = (await stage.log()).slice(logged);
  if (step.upstream)
    differences.push(...compareUpstream(step.upstream, exchanges.length, stage.seen.slice(seen)));
  if (step.log) differences.push(...compareLog(step.log, lines));
  return differences;
}

/** What a step sends, each with its place in the step. */
function exchangesOf(step: Step): { exchange: Exchange; place: string }[] {
  if (step.request) {
    const { request, client } = step;
    return [{ exchange: { request, ...(client && { client }) }, place: "" }];
  }
  return (step.at_once ?? []).flatMap((exchange, index) =>
    Array.from({ length: exchange.times ?? 1 }, () => ({ exchange, place: `at_once[${index}].` })),
  );
}

async function exchangeDifferences({ request, client }: Exchange, stage: Stage): Promise<Difference[]> {
  try {
    const answer = await stage.send(request);
    return client ? compareResponse(client, answer) : [];
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return [{ where: "client", wanted: "an answer", got }];
  }
}

/** What a scripted upstream answers. A request that no reply is for gets a 500 that says so. */
export function answerOf(script: ScriptedReply[] | undefined, request: SeenRequest): Reply {
  if (script === undefined) return { body: "ok" };
  const found = script.find(({ when }) => isFor(when, request));
  if (found === undefined)
    return { status: 500, body: `no reply of the scenario is for ${request.method} ${request.path}` };
  const { status, headers, body, trailers, delay_ms: delay, reset } = found.reply;
  return {
    ...(status !== undefined && { status }),
    ...(headers && { headers: pairsOf(headers) }),
    ...(body !== undefined && { body: bodyOf(body) }),
    ...(trailers && { trailers: pairsOf(trailers) }),
    ...(delay !== undefined && { delay }),
    ...(reset && { reset: reset === "in the body" ? reset : "at once" }),
  };
}

function isFor(when: ScriptedReply["when"], request: SeenRequest): boolean {
  const { method, path, headers } = when ?? {};
  if (method !== undefined && method !== request.method) return false;
  if (path !== undefined && !fits(path, Buffer.from(request.path, "latin1"))) return false;
  return Object.entries(headers ?? {}).every(([name, wanted]) => {
    const values = request.headers.all(name);
    const all = [wanted].flat();
    return (
      all.length === values.length &&
      all.every((one, index) => fits(one, Buffer.from(values[index]!, "latin1")))
    );
  });
}
