import { historyAnnotation } from "./history.js";
import type { Kubectl } from "./kubectl.js";
import { type Deployed, nameOf } from "./wasm-plugins.js";

/** kubectl's note of what was applied last: by it `kubectl apply` knows what a file no longer has. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** What is kept of an object that somebody may want to apply again. */
export function asManifest({ apiVersion, kind: what, metadata, spec }: Deployed): object {
  const { name, namespace, labels, annotations = {} } = metadata;
  const own = Object.entries(annotations).filter(([key]) => key !== lastApplied && key !== historyAnnotation);
  return {
    apiVersion,
    kind: what,
    metadata: {
      name,
      namespace,
      ...(labels !== undefined && { labels }),
      ...(own.length > 0 && { annotations: Object.fromEntries(own) }),
    },
    spec,
  };
}

/**
 * Writes a WasmPlugin with its versions, all in one: two writes could be broken off between them. An object that changed
 * since it was read is not overwritten.
 *
 * kubectl's note is left out of it, and follows. Where an object has one, `kubectl create` and `kubectl replace` write it
 * anew from all that they send: with the versions and the resourceVersion in it, the next `kubectl apply` would take the
 * versions out, and be refused ("resourceVersion: must be specified for an update").
 */
export async function write(kubectl: Kubectl, object: Deployed, history: string): Promise<void> {
  const isNew = object.metadata.resourceVersion === undefined;
  const { managedFields: _, uid: _uid, generation: _generation, ...metadata } = object.metadata;
  const { [lastApplied]: _note, ...annotations } = metadata.annotations ?? {};
  const whole = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { ...metadata, annotations: { ...annotations, [historyAnnotation]: history } },
    spec: object.spec,
  };
  const verb = isNew ? "create" : "replace";
  const { namespace } = object.metadata;
  await kubectl.change([verb, "-f", "-", "--validate=strict", "--field-manager=apw"], {
    input: JSON.stringify(whole),
    namespace,
  });
  const note = ["apply", "set-last-applied", "--create-annotation=true", "-f", "-"];
  try {
    await kubectl.change(note, { input: JSON.stringify(asManifest(object)), namespace });
  } catch (error) {
    // The plugin is written: this takes patch, which a Role may leave out.
    kubectl.say(
      `${nameOf(object)}: kubectl's note of what was applied is missing (${(error as Error).message}); the next kubectl apply will leave in what its file no longer has`,
    );
  }
}
