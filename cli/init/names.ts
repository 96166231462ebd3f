import { basename } from "node:path";

/** What a project is called where nobody says. */
export const defaultName = "my-filter";

const LONGEST = 214;
const PART = /^[a-z0-9][a-z0-9._-]*$/;

/**
 * Why a text cannot be the name of a project; null where it can. It becomes the name of an npm package, and without its
 * scope that of the module, of the root context and, nearly, of the WasmPlugin.
 */
export function nameProblem(name: string): string | null {
  if (name === "") return "a name has to have something in it";
  if (name.length > LONGEST) return `a name has at most ${LONGEST} characters`;
  const parts = name.startsWith("@") ? name.slice(1).split("/") : [name];
  const expected = name.startsWith("@") ? 2 : 1;
  if (parts.length !== expected || !parts.every((part) => PART.test(part)))
    return `${quote(name)} is no name for an npm package: lower-case letters, digits, "-", "_" and "." after the first, with or without a @scope/ before it`;
  if (name === "node_modules" || name === "favicon.ico") return `npm does not take the name ${name}`;
  if (name === "as-proxy-wasm" || name === "assemblyscript")
    return `${name} is the name of a package that the project needs: call it something else`;
  return null;
}

/** Without the scope: what the module and the root context are called. */
export const pluginName = (name: string): string => name.split("/").pop()!;

/** A name for the WasmPlugin. Kubernetes knows lower-case letters, digits and "-". */
export function resourceName(name: string): string {
  const label = pluginName(name)
    .replace(/[^a-z0-9-]/g, "-")
    .slice(0, 63)
    .replace(/-+$/, "");
  return label === "" ? defaultName : label;
}

/** A name for what lies in a folder, as near to the folder's own as may be. */
export function nameFor(folder: string): string {
  const name = basename(folder)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+|-+$/g, "")
    .slice(0, LONGEST);
  return nameProblem(name) === null ? name : defaultName;
}

const quote = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
