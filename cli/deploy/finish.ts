import { bold, Finding, green, red, yellow } from "../terminal.js";
import { type Change, takeBack } from "./change.js";
import type { ClusterOptions, Kubectl } from "./kubectl.js";
import type { Output } from "./output.js";
import { usualIstioNamespace } from "./prerequisites.js";
import { type Rollout, rollout } from "./rollout.js";
import { type TestOptions, trialsFrom, untilAsExpected } from "./test-request.js";
import { nameOf } from "./wasm-plugins.js";

export interface FinishOptions extends ClusterOptions, TestOptions {
  wait: boolean;
  /** Milliseconds until all proxies must have taken it. */
  timeout: number;
  rollbackOnFailure?: boolean;
}

/** How long the test request may fail before that counts, in milliseconds. */
const testPatience = 10_000;

/**
 * What follows a change, the same for deploy, update and rollback: waits until the proxies took it, sends the test
 * request, and takes the change back when that was asked for. Throws `Finding` where something failed.
 */
export async function finish(
  kubectl: Kubectl,
  changes: readonly Change[],
  options: FinishOptions,
  out: Output,
  since: Date,
): Promise<void> {
  const trials = trialsFrom(options);
  if (kubectl.isDry) {
    if (options.wait)
      kubectl.wouldAsk(
        ["exec", "POD", "-c", "istio-proxy", "--", "pilot-agent", "request", "GET"].concat(
          "config_dump?resource=ecds_filters",
        ),
      );
    for (const { what } of trials) out.say(`would try: ${what}`);
    out.say("Nothing was changed.");
    out.result({ dryRun: true, plugins: changes.map(summary) });
    return;
  }
  const rollouts: Rollout[] = [];
  let trouble: string | undefined;
  for (const change of options.wait ? changes : []) {
    const { spec } = change.after;
    out.say(`waiting for the proxies of ${nameOf(change.after)} ...`);
    const result = await rollout(
      kubectl,
      change.after,
      { spec, ...(change.digest !== undefined && { digest: change.digest }) },
      {
        timeout: options.timeout,
        rootNamespace: options.istioNamespace ?? usualIstioNamespace,
        say: out.say,
        since,
      },
    );
    for (const note of result.notes) out.say(`${yellow("note")}  ${note}`);
    rollouts.push(result);
    if (!result.ok) {
      trouble = `${nameOf(change.after)}: ${result.trouble}`;
      break;
    }
  }
  const tests: { what: string; trouble: string | null }[] = [];
  for (const { what, run } of trouble === undefined ? trials : []) {
    const wrong = await untilAsExpected(run, testPatience);
    tests.push({ what, trouble: wrong });
    out.say(`${wrong === null ? green("ok") : red("failed")}  ${wrong ?? what}`);
    if (wrong !== null) {
      trouble = wrong;
      break;
    }
  }
  let takenBack: string[] | undefined;
  if (trouble !== undefined) {
    out.say(`${red("failed")}  ${trouble}`);
    takenBack = await maybeTakeBack(kubectl, changes, options, out);
  } else {
    const words = changes.map(
      ({ action, after, version }) =>
        `${nameOf(after)} ${action}${action === "unchanged" ? "" : `, version ${version}`}`,
    );
    out.say(`${green("done")}  ${bold(words.join("; "))}`);
  }
  out.result({
    ok: trouble === undefined,
    ...(trouble !== undefined && { trouble }),
    plugins: changes.map((change, index) => ({ ...summary(change), pods: rollouts[index]?.pods ?? null })),
    tests,
    ...(takenBack !== undefined && { takenBack }),
  });
  if (trouble !== undefined) throw new Finding();
}

const summary = ({ action, after, version, digest }: Change) => ({
  name: after.metadata.name,
  namespace: after.metadata.namespace,
  action,
  version,
  url: after.spec.url,
  digest: digest ?? null,
});

async function maybeTakeBack(
  kubectl: Kubectl,
  changes: readonly Change[],
  options: FinishOptions,
  out: Output,
): Promise<string[] | undefined> {
  const changed = changes.filter(({ action }) => action !== "unchanged");
  if (changed.length === 0) return undefined;
  let wanted = options.rollbackOnFailure;
  if (wanted === undefined && process.stdin.isTTY && process.stdout.isTTY && !out.isJson) {
    const { confirm, isCancel } = await import("@clack/prompts");
    const answer = await confirm({ message: "Take the change back?" });
    wanted = !isCancel(answer) && answer;
  }
  if (!wanted) {
    const [{ after, before }] = changed as [Change, ...Change[]];
    const { name, namespace } = after.metadata;
    const way =
      before === null ? `apw undeploy ${name} -n ${namespace}` : `apw rollback ${name} -n ${namespace}`;
    out.say(
      `It stays as it is. \`apw debug ${name} -n ${namespace}\` looks for the cause, \`${way}\` takes it back.`,
    );
    return undefined;
  }
  const done: string[] = [];
  for (const change of [...changed].reverse())
    done.push(await takeBack(kubectl, change, "taken back, since it failed"));
  for (const line of done) out.say(line);
  return done;
}
