/** Where a WasmPlugin's module is, taken apart as Istio does. */
export interface ModuleUrl {
  /** null where the text has none. */
  scheme: "oci" | "http" | "https" | "file" | (string & {}) | null;
  /** The host with its port. */
  authority: string;
  path: string;
  /** Of an image. */
  tag: string | null;
  /** Of an image: `sha256:...`, without the prefix. */
  digest: string | null;
}

/** Gives back null where it is no URL at all. */
export function parseModuleUrl(text: string): ModuleUrl | null {
  const [, scheme, rest = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  if (rest === "" || /\s/.test(text)) return null;
  const slash = rest.indexOf("/");
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? "" : rest.slice(slash);
  const isImage = scheme === undefined || scheme === "oci";
  if (!isImage) return { scheme: scheme.toLowerCase(), authority, path, tag: null, digest: null };
  const [, name = path, digest = null] = /^(.*)@sha256:([^@]*)$/.exec(path) ?? [];
  const [, bare = name, tag = null] = /^(.*):([^:/]*)$/.exec(name) ?? [];
  return { scheme: scheme ?? null, authority, path: bare, tag, digest };
}
