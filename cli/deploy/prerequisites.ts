import { userInfo } from "node:os";
import { MissingPrerequisite } from "../terminal.js";
import type { Kubectl } from "./kubectl.js";
import { kind, type Deployed, wasmPlugins } from "./wasm-plugins.js";

/** Where Istio's control plane is, and its root namespace with it, unless a mesh says otherwise. */
export const usualIstioNamespace = "istio-system";

/** What a command is about to do in the cluster. */
export type Right = [verb: string, resource: string];

export const rights = {
  write: [
    ["create", kind],
    ["update", kind],
  ],
  /** Asking proxies, to see whether they took a change. */
  look: [
    ["list", "pods"],
    ["create", "pods/exec"],
  ],
  remove: [["delete", kind]],
  label: [["patch", "pods"]],
} satisfies Record<string, Right[]>;

/**
 * That kubectl reaches a cluster with Istio's CRDs, and that who asks may do it; the WasmPlugins of the namespace come
 * back. Throws `MissingPrerequisite` with what is missing.
 */
export async function prerequisites(kubectl: Kubectl, needed: readonly Right[]): Promise<Deployed[]> {
  const there = await wasmPlugins(kubectl);
  const namespace = await kubectl.namespace();
  const refused: string[] = [];
  await kubectl.each(needed, async ([verb, resource]) => {
    if ((await mayI(kubectl, verb, resource)) === false) refused.push(`${verb} ${resource}`);
  });
  // istioctl reaches proxies by a forwarded port.
  const exec = refused.indexOf("create pods/exec");
  if (exec >= 0 && (await kubectl.istioctl()) !== null && (await mayI(kubectl, "create", "pods/portforward")))
    refused.splice(exec, 1);
  if (refused.length > 0)
    throw new MissingPrerequisite(
      `the cluster does not let you ${refused.sort().join(", ")} in namespace ${namespace}: ask who runs it for a Role that does${needed.some(([, resource]) => resource === "pods/exec") ? " (--no-wait needs no rights on pods)" : ""}`,
    );
  return there;
}

/** Null where the cluster cannot say: then the attempt shows. */
async function mayI(kubectl: Kubectl, verb: string, resource: string): Promise<boolean | null> {
  try {
    return (await kubectl.text(["auth", "can-i", verb, resource])).trim().startsWith("yes");
  } catch (error) {
    // It ends with 1 and says no.
    return error instanceof Error && /failed: no\b/.test(error.message) ? false : null;
  }
}

/** Who asks, as the cluster knows them; else as this machine does. */
export async function whoAmI(kubectl: Kubectl): Promise<string> {
  try {
    const words = ["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"];
    const name = (await kubectl.text(words, { namespace: "all" })).trim();
    if (name !== "") return name;
  } catch {
    // An old cluster, or none that says.
  }
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
