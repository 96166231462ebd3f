import { posix, relative, sep } from "node:path";

/**
 * The layers of the SDK, lowest first, and what each may import beside itself and the layers that those name.
 * Data takes one way through it: Envoy, exports, context, the user's context, http and state and callout, abi.
 *
 * @type {Record<string, string[]>}
 */
const layers = {
  abi: [],
  runtime: ["abi"],
  text: ["runtime"],
  crypto: ["runtime"],
  http: ["abi", "runtime"],
  state: ["abi", "runtime", "http"],
  envoy: ["abi", "runtime", "http"],
  config: ["abi", "runtime", "text", "http", "state"],
  callout: ["abi", "runtime", "http", "state", "envoy", "config"],
  jwt: ["runtime", "crypto", "envoy", "config"],
  context: ["abi", "runtime", "http", "state", "envoy", "config", "callout"],
  "exports.ts": ["context", "runtime/arena"],
  "index.ts": [
    "abi",
    "runtime",
    "text",
    "crypto",
    "http",
    "state",
    "envoy",
    "config",
    "callout",
    "jwt",
    "context",
  ],
};

const packagesOfTheSdk = [/^json-as($|\/)/, /^@assemblyscript\/wasi-shim($|\/)/];

/** Says why a file of `assembly/` may not import this, null when it may. Paths are relative to `assembly/`. */
function objection(/** @type {string} */ file, /** @type {string} */ imported) {
  const layer = /** @type {string} */ (file.split("/")[0]);
  const allowed = layers[layer];
  if (allowed === undefined) return `assembly/${layer} is no layer: name it in cli/house/layers.js`;
  if (!imported.startsWith(".")) {
    if (packagesOfTheSdk.some((name) => name.test(imported))) return null;
    return `the SDK imports json-as and the WASI shim, and no other package than these`;
  }
  const target = posix.normalize(posix.join(posix.dirname(file), imported));
  if (target.startsWith("../")) return "the SDK imports nothing from outside assembly/";
  const itself = target.split("/")[0] === layer;
  if (itself || allowed.some((name) => target === name || target.startsWith(`${name}/`))) return null;
  return `assembly/${layer} may import ${allowed.join(", ") || "nothing"}: imports point down only`;
}

/** A plugin is one folder: what it shares with others comes from packages, so that its build depends on nothing else. */
function pluginObjection(/** @type {string} */ file, /** @type {string} */ imported) {
  if (!imported.startsWith(".")) return null;
  const target = posix.normalize(posix.join(posix.dirname(file), imported));
  return target.split("/")[0] === file.split("/")[0]
    ? null
    : "a plugin imports from its own folder and from packages";
}

/**
 * A rule that judges every import of files below `folder`.
 *
 * @param {string} folder
 * @param {(file: string, imported: string) => string | null} judge
 * @returns {import("eslint").Rule.RuleModule}
 */
function importRule(folder, judge) {
  return {
    meta: { type: "problem", schema: [], messages: { wrong: "{{reason}}" } },
    create(context) {
      const file = relative(`${context.cwd}/${folder}`, context.filename).split(sep).join("/");
      /** @param {{ source?: import("estree").Literal | null | undefined }} node */
      const check = (node) => {
        if (typeof node.source?.value !== "string") return;
        const reason = judge(file, node.source.value);
        if (reason !== null) context.report({ node: node.source, messageId: "wrong", data: { reason } });
      };
      return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
    },
  };
}

export const layerRules = {
  rules: {
    sdk: importRule("assembly", objection),
    plugin: importRule("plugins", pluginObjection),
    fixture: importRule("tests/envoy/fixtures", pluginObjection),
  },
};
