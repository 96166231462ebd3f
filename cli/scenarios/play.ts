import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { compareCalls, compareResponse } from "./compare.js";
import { compareLog } from "./compare-log.js";
import { compareMetrics } from "./compare-metrics.js";
import { type Difference, inLines } from "./difference.js";
import type { Exchange, Scenario, Step } from "./scenario.js";
import { type Stage, upstreamName } from "./stage.js";

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
    const seen = new Map<string, number>();
    for (const [index, step] of (scenario.steps ?? []).entries()) {
      const found = await playStep(step, stage, seen);
      differences.push(...found.map((one) => ({ ...one, where: `steps[${index}].${one.where}` })));
    }
  }
  const { log, metrics } = scenario;
  differences.push(
    ...(await soon(stage, async () => [
      ...(log ? compareLog(log, await stage.log()) : []),
      ...(metrics ? compareMetrics(metrics, await stage.metrics()) : []),
    ])),
  );
  return [...differences, ...(await harmDone(scenario, stage))];
}

/** Traps and critical lines, which a scenario without `traps` must not cause. */
async function harmDone({ traps }: Scenario, stage: Stage): Promise<Difference[]> {
  // Once the log has come, so has what else the host has to say.
  const lines = await stage.log();
  const harm = stage.harm();
  const critical = lines.filter(({ level }) => level === "critical").map(({ text }) => text);
  const done = traps
    ? harm.filter(({ isTrap }) => !isTrap).map(({ text }) => text)
    : [...harm.map(({ text }) => text), ...critical];
  const missing = traps && !harm.some(({ isTrap }) => isTrap);
  return [
    ...(missing ? [{ where: "traps", wanted: "a plugin that traps", got: "none trapped" }] : []),
    ...done.map((got) => ({ where: "the host", wanted: "no harm", got })),
  ];
}

/** Asks for differences until there are none, or nothing can be expected to come any more. */
async function soon(stage: Stage, ask: () => Promise<Difference[]>): Promise<Difference[]> {
  const deadline = performance.now() + stage.patience;
  for (;;) {
    const differences = await ask();
    if (differences.length === 0 || performance.now() >= deadline) return differences;
    await sleep(20);
  }
}

/** `seen` has how many calls of each service belong to the steps before, and gets those of this one. */
async function playStep(step: Step, stage: Stage, seen: Map<string, number>): Promise<Difference[]> {
  const logged = (await stage.log()).length;
  if (step.change) await stage.change(step.change);
  if (step.wait_ms !== undefined) await stage.wait(step.wait_ms);
  const exchanges = exchangesOf(step);
  const answers = await Promise.all(exchanges.map(({ exchange }) => exchangeDifferences(exchange, stage)));
  const differences = answers.flatMap((found, index) => {
    const { place } = exchanges[index]!;
    return found.map((one) => ({ ...one, where: place + one.where }));
  });
  const callsOf = (service: string) => stage.seen(service).slice(seen.get(service) ?? 0);
  const others = await soon(stage, async () => [
    ...(step.upstream
      ? compareCalls("upstream", step.upstream, exchanges.length, callsOf(upstreamName))
      : []),
    ...Object.entries(step.clusters ?? {}).flatMap(([name, wanted]) =>
      compareCalls(`clusters.${name}`, wanted, Math.max(exchanges.length, 1), callsOf(name)),
    ),
    ...(step.log ? compareLog(step.log, (await stage.log()).slice(logged)) : []),
  ]);
  for (const name of stage.services) seen.set(name, stage.seen(name).length);
  return [...differences, ...others];
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
  const got = await stage.send(request);
  const mayBreakOff = client === undefined ? request.leaves_after_ms !== undefined : client.incomplete;
  if (got.incomplete !== undefined && !mayBreakOff)
    return [{ where: "client", wanted: "an answer", got: got.incomplete }];
  return client ? compareResponse(client, got) : [];
}
