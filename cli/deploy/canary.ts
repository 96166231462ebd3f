import { setTimeout as sleep } from "node:timers/promises";
import type { WasmPluginSpec } from "../istio/types.js";
import { bold, Finding, green, MissingPrerequisite, red, WrongUse } from "../terminal.js";
import { change } from "./change.js";
import { type Gate, type GateOptions, gatesFrom } from "./gates.js";
import { Kubectl } from "./kubectl.js";
import { Output } from "./output.js";
import { podShares } from "./pod-shares.js";
import { rights, prerequisites, usualIstioNamespace } from "./prerequisites.js";
import { rollout } from "./rollout.js";
import { routeShares } from "./route-shares.js";
import { trialsFrom, untilAsExpected } from "./test-request.js";
import { planned, type UpdateOptions } from "./update.js";
import { type Deployed, kind, nameOf, wasmPluginOrNull } from "./wasm-plugins.js";

export interface CanaryOptions extends UpdateOptions, GateOptions {
  canary?: boolean;
  steps: number[];
  /** Milliseconds between a step and its gates. */
  interval: number;
  virtualService?: string;
  canarySubset?: string;
}

/** How a share of what comes is brought to the new version. */
export interface Shares {
  /** What is done, for people. */
  what: string;
  /** The canary's WasmPlugin: which pods it is for. */
  selector: Record<string, string>;
  /** The share in per cent; says what was done. */
  set(percent: number): Promise<string>;
  /** Sees to pods that came since; says how many. */
  tend(): Promise<number>;
  /** Ends it with this spec for all; `removeCanary` is called when nothing goes to the canary any more. */
  settle(final: WasmPluginSpec, removeCanary: () => Promise<void>): Promise<number>;
}

/** Runs `apw update --canary`: the new version beside the old one, for a growing share, as long as the gates hold. */
export async function canary(name: string, options: CanaryOptions): Promise<void> {
  const out = new Output(options.json ?? false);
  const gates = gatesFrom(options);
  const trials = trialsFrom(options);
  const { steps } = options;
  if (steps.at(-1) !== 100 || steps.some((step, index) => step <= (steps[index - 1] ?? 0) || step > 100))
    throw new WrongUse(
      `--steps ${steps.join(",")}: expected rising per cents that end with 100, as 25,50,100`,
    );
  const kubectl = new Kubectl(options, out.say);
  const { live, spec } = await planned(kubectl, name, options, out);
  const beside = `${name}-canary`;
  if ((await wasmPluginOrNull(kubectl, beside)) !== null)
    throw new WrongUse(
      `there is a WasmPlugin ${beside} already: a canary may be under way elsewhere, or was broken off; \`apw undeploy ${beside}\` takes it away`,
    );
  await prerequisites(kubectl, options.virtualService === undefined ? rights.label : []);
  const rootNamespace = options.istioNamespace ?? usualIstioNamespace;
  const shares =
    options.virtualService === undefined
      ? await podShares(kubectl, live, rootNamespace)
      : await routeShares(kubectl, live, options.virtualService, options.canarySubset ?? "canary");
  if (gates.length === 0) out.say("No gate is given (--gate-query, --gate): the steps go by time alone.");
  const run = new Run(kubectl, live, spec, beside, shares, gates, options, out);
  const stop = new AbortController();
  const onSignal = () => stop.abort(new MissingPrerequisite("broken off"));
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  const passed: { percent: number; did: string }[] = [];
  try {
    for (const percent of steps) passed.push({ percent, did: await run.step(percent, stop.signal) });
    for (const { run: trial } of kubectl.isDry ? [] : trials) {
      const wrong = await untilAsExpected(trial, 10_000);
      if (wrong !== null) throw new GateFailed(wrong);
    }
    await run.finish();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const why = stop.signal.aborted ? "broken off" : error.message;
    out.say(`${red(stop.signal.aborted ? "broken off" : "failed")}  ${why}`);
    await run.undo();
    out.say(`${nameOf(live)} has everything again, as it was; ${beside} is removed.`);
    out.result({ ok: false, name, trouble: why, steps: passed, takenBack: true });
    throw error instanceof GateFailed || stop.signal.aborted ? new Finding() : error;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
  out.result({
    ok: true,
    name,
    steps: passed,
    url: spec.url,
    sha256: spec.sha256 ?? null,
    dryRun: kubectl.isDry,
  });
}

/** How often new pods are looked for, in milliseconds. */
const lookEvery = 3_000;

/** A gate, a proxy or a test says no: the canary has done its work. */
class GateFailed extends Error {}

class Run {
  private isThere = false;

  constructor(
    private readonly kubectl: Kubectl,
    private readonly live: Deployed,
    private readonly spec: WasmPluginSpec,
    private readonly beside: string,
    private readonly shares: Shares,
    private readonly gates: readonly Gate[],
    private readonly options: CanaryOptions,
    private readonly out: Output,
  ) {}

  /**
   * One share: the canary's WasmPlugin is there before the first pod is, and comes one priority after the stable one,
   * in case a proxy has both for a moment.
   */
  async step(percent: number, signal: AbortSignal): Promise<string> {
    const { kubectl, out, shares } = this;
    const { namespace } = this.live.metadata;
    const metadata = {
      name: this.beside,
      namespace,
      labels: { "as-proxy-wasm.canary-of": this.live.metadata.name },
    };
    const { targetRef: _, targetRefs: _refs, ...rest } = this.spec;
    const spec: WasmPluginSpec = { ...rest, selector: { matchLabels: shares.selector } };
    const since = new Date();
    if (!this.isThere) await change(kubectl, { metadata, spec }, "canary");
    this.isThere = true;
    const did = await shares.set(percent);
    out.say(`${bold(`${percent} %`)}  ${did}`);
    if (kubectl.isDry) {
      out.say(
        `would wait for the proxies, then ${this.options.interval / 1000} s, then ask: ${this.gates.map(({ what }) => what).join("; ") || "nothing"}`,
      );
      return did;
    }
    signal.throwIfAborted();
    if (this.options.wait) {
      const plugin = { ...this.live, metadata: { ...this.live.metadata, name: this.beside }, spec };
      const result = await rollout(
        kubectl,
        plugin,
        { spec, ...(spec.sha256 ? { digest: spec.sha256 } : {}) },
        {
          timeout: this.options.timeout,
          rootNamespace: this.options.istioNamespace ?? usualIstioNamespace,
          say: out.say,
          signal,
          since,
        },
      );
      if (!result.ok) throw new GateFailed(result.trouble ?? "the proxies did not take it");
    }
    await this.hold(signal);
    for (const gate of this.gates) {
      const wrong = await gate.pass(signal);
      signal.throwIfAborted();
      if (wrong !== null) throw new GateFailed(wrong);
      out.say(`${green("passed")}  ${gate.what}`);
    }
    return did;
  }

  /** Lets the time of a step go by, and looks after pods that are replaced meanwhile. */
  private async hold(signal: AbortSignal): Promise<void> {
    const until = Date.now() + this.options.interval;
    for (;;) {
      const left = until - Date.now();
      if (left <= 0) return;
      await sleep(Math.min(left, lookEvery), undefined, { signal });
      const fresh = await this.shares.tend();
      if (fresh > 0) this.out.say(`${fresh} new pod${fresh === 1 ? "" : "s"}: of the old version`);
    }
  }

  /** All get the new version; the canary and its labels or weights go. */
  async finish(): Promise<void> {
    const version = await this.shares.settle(this.spec, () => this.remove());
    if (this.kubectl.isDry) this.out.say("Nothing was changed.");
    else
      this.out.say(
        `${green("done")}  ${nameOf(this.live)} is at version ${version}; ${this.beside} is removed`,
      );
  }

  async undo(): Promise<void> {
    // The cluster may be what failed: each attempt goes on where the one before ended.
    for (let attempt = 1; ; attempt++) {
      try {
        await this.shares.settle(this.live.spec, () => this.remove());
        return;
      } catch (error) {
        const { name, namespace } = this.live.metadata;
        if (attempt === 5)
          throw new MissingPrerequisite(
            `the canary could not be taken back (${(error as Error).message}): run apw undeploy ${this.beside} -n ${namespace} --yes, and apw rollback ${name} -n ${namespace}, when the cluster answers again`,
          );
        await sleep(1_000);
      }
    }
  }

  private async remove(): Promise<void> {
    if (!this.isThere) return;
    const { namespace } = this.live.metadata;
    await this.kubectl.change(["delete", kind, this.beside, "--ignore-not-found", "--wait=true"], {
      namespace,
    });
    this.isThere = false;
  }
}
