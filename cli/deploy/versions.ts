import { table } from "../table.js";
import { bold } from "../terminal.js";
import { digestInUrl, shortImage } from "./ecds.js";
import { canonical, type Version, versionsOf } from "./history.js";
import { type ClusterOptions, Kubectl } from "./kubectl.js";
import { Output } from "./output.js";
import { nameOf, wasmPlugin } from "./wasm-plugins.js";

/** Runs `apw versions`. */
export async function versions(name: string, options: ClusterOptions): Promise<void> {
  const out = new Output(options.json ?? false);
  const live = await wasmPlugin(new Kubectl(options), name);
  const all = versionsOf(live);
  out.result({ name, namespace: live.metadata.namespace, current: all[0]!.number, versions: all });
  if (out.isJson) return;
  out.say(bold(nameOf(live)));
  const rows = all.map((version, index) => [
    `${index === 0 ? "* " : "  "}${version.number}`,
    version.at.replace(/\.\d+Z$/, "Z"),
    shortImage(version.spec.url),
    (version.digest ?? digestInUrl(version.spec.url) ?? "").slice(0, 12),
    version.what,
    version.by,
    changesSince(version, all[index + 1]),
  ]);
  out.say(table(["version", "at", "image", "digest", "by way of", "who", "changed"], rows));
}

/** Which keys of a spec are not as in the version before. */
export function changesSince({ spec }: Version, before: Version | undefined): string {
  if (before === undefined) return "";
  const keys = [...new Set([...Object.keys(spec), ...Object.keys(before.spec)])];
  const value = (of: Version["spec"], key: string) =>
    canonical((of as unknown as Record<string, unknown>)[key]);
  return keys.filter((key) => value(spec, key) !== value(before.spec, key)).join(", ");
}
