import type { WasmPluginSpec } from "../istio/types.js";
import { WrongUse } from "../terminal.js";
import type { Shares } from "./canary.js";
import { change } from "./change.js";
import type { Kubectl } from "./kubectl.js";
import { NotFound } from "./kubectl-trouble.js";
import { hasProxy, labelText, type Pod, podName, podsWith } from "./pods.js";
import type { Deployed } from "./wasm-plugins.js";

/** The label that tells the pods of the old version from those of the new one. */
export const track = "as-proxy-wasm.track";

/**
 * The new version on a share of the pods. A WasmPlugin's selector knows equality only, so that the stable one cannot
 * leave pods out: for the time of the canary it is narrowed to pods with `track=stable`, and every pod gets that label or
 * `track=canary`. A pod that is replaced comes from its template without it, and gets it at the next look.
 */
export async function podShares(kubectl: Kubectl, live: Deployed, rootNamespace: string): Promise<Shares> {
  const { metadata, spec } = live;
  const base = spec.selector?.matchLabels ?? {};
  if (spec.targetRefs !== undefined || spec.targetRef !== undefined)
    throw new WrongUse(
      "a canary by pods needs a WasmPlugin that selects them by labels, and this one has targetRefs: the pods of a gateway or waypoint are not ours to label",
    );
  if (metadata.namespace === rootNamespace)
    throw new WrongUse(
      "a WasmPlugin in Istio's root namespace is for the whole mesh: try it in one namespace first",
    );
  const pods = async (): Promise<Pod[]> => {
    const found = await podsWith(kubectl, { namespace: metadata.namespace, labels: base });
    return found.filter(hasProxy).sort((a, b) => podName(a).localeCompare(podName(b)));
  };
  if ((await pods()).length === 0)
    throw new WrongUse(
      `there are no pods with sidecars${labelText(base) === "" ? "" : ` and ${labelText(base)}`} in namespace ${metadata.namespace}: there is nothing to share`,
    );
  const with_ = (value: string) => ({ ...base, [track]: value });
  const label = async (some: readonly Pod[], value: string | null) => {
    await kubectl.each(some, (pod) =>
      labelled(
        [
          "label",
          "pod",
          pod.metadata.name,
          value === null ? `${track}-` : `${track}=${value}`,
          "--overwrite",
        ],
        pod.metadata.namespace,
      ),
    );
  };
  // A pod may have gone since it was listed: then there is nothing to label.
  const labelled = async (words: string[], namespace: string) => {
    try {
      await kubectl.change(words, { namespace });
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
    }
  };
  const has = ({ metadata: { labels = {} } }: Pod) => labels[track];
  let isNarrowed = false;
  const narrowed = (of: WasmPluginSpec): WasmPluginSpec => ({
    ...of,
    selector: { matchLabels: with_("stable") },
  });
  return {
    what: "by the share of pods",
    selector: with_("canary"),
    async set(percent) {
      const all = await pods();
      const wanted = Math.min(all.length, Math.max(1, Math.round((all.length * percent) / 100)));
      // Those that have it keep it: a step moves as few pods as it can.
      const first = [...all].sort((a, b) => Number(has(b) === "canary") - Number(has(a) === "canary"));
      const canaries = new Set(first.slice(0, wanted));
      if (!isNarrowed) {
        await label(
          all.filter((pod) => has(pod) === undefined),
          "stable",
        );
        await change(kubectl, { metadata, spec: narrowed(spec) }, "narrowed for a canary");
        isNarrowed = true;
      }
      await label(
        all.filter((pod) => canaries.has(pod) && has(pod) !== "canary"),
        "canary",
      );
      await label(
        all.filter((pod) => !canaries.has(pod) && has(pod) === "canary"),
        "stable",
      );
      return `${wanted} of ${all.length} pods`;
    },
    async tend() {
      const fresh = (await pods()).filter((pod) => has(pod) === undefined);
      await label(fresh, "stable");
      return fresh.length;
    },
    async settle(final, removeCanary) {
      if (isNarrowed) {
        // Pods must never be without a plugin, nor run both: the stable one is ready before they come back to it.
        await change(kubectl, { metadata, spec: narrowed(final) }, "narrowed for a canary");
        await label(
          (await pods()).filter((pod) => has(pod) !== "stable"),
          "stable",
        );
      }
      await removeCanary();
      const done = await change(kubectl, { metadata, spec: final }, "after a canary");
      await label(
        (await pods()).filter((pod) => has(pod) !== undefined),
        null,
      );
      isNarrowed = false;
      return done.version;
    },
  };
}
