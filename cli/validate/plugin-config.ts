import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { bundledSchema } from "../istio/roles.js";
import type { WasmPluginSpec } from "../istio/types.js";
import { WrongUse } from "../terminal.js";
import { type Finding, isObject, type Place } from "./finding.js";
import { schemaFindings } from "./schema.js";
import { parseModuleUrl } from "./url.js";
import { isExpression } from "../regular-expression.js";

/** Which plugin a manifest deploys, and how its configuration is judged. */
export interface KnownPlugin {
  /** Its name; null of one that is known by its schema alone. */
  name: string | null;
  validate: ValidateFunction | null;
}

/** Finds schemas of configurations: those that were given, that of a project beside the manifest, those of bundled plugins. */
export class PluginSchemas {
  private readonly compiled = new Map<string, ValidateFunction>();

  /** `given` has schema files by the names of plugins, or one for all with the name `*`. */
  constructor(private readonly given: ReadonlyMap<string, string> = new Map()) {}

  /** The plugin of a WasmPlugin: by its pluginName, by the name of its image or file, by what lies beside the file. */
  ofSpec(spec: WasmPluginSpec, file: string): KnownPlugin {
    const names = [spec.pluginName, imageName(spec.url)].filter((name) => typeof name === "string");
    return this.named(names, file);
  }

  /**
   * The plugin with one of these names; else that of the project that the file belongs to. A project that has the name
   * of a bundled plugin is meant in its own folder.
   */
  named(names: readonly string[], file: string): KnownPlugin {
    const beside = join(dirname(file), "config.schema.json");
    const hasBeside = existsSync(beside);
    const own = hasBeside ? projectName(dirname(file)) : null;
    for (const name of names) {
      const given = this.given.get(name) ?? this.given.get("*");
      const path = given ?? (name === own ? beside : bundledSchema(name));
      if (path !== null) return { name, validate: this.compile(path) };
    }
    return { name: names[0] ?? null, validate: hasBeside ? this.compile(beside) : null };
  }

  /** A plugin whose schema comes with its image. */
  fromText(text: string, image: string): KnownPlugin {
    return { name: null, validate: compileSchema(text, `the schema in ${image}`) };
  }

  private compile(file: string): ValidateFunction {
    const known = this.compiled.get(file);
    if (known !== undefined) return known;
    const made = compileSchema(readFileSync(file, "utf8"), file);
    this.compiled.set(file, made);
    return made;
  }
}

/** What the project in a folder is called; null where there is none. */
function projectName(folder: string): string | null {
  try {
    const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: unknown };
    return typeof name === "string" ? name : null;
  } catch {
    return null;
  }
}

function compileSchema(text: string, what: string): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, strict: false, verbose: true, logger: false });
  ajv.addFormat("regex", { type: "string", validate: isExpression });
  try {
    const schema: unknown = JSON.parse(text);
    if (!isObject(schema)) throw new Error("it is no object");
    return ajv.compile(schema);
  } catch (error) {
    throw new WrongUse(`${what} is no JSON Schema: ${(error as Error).message}`);
  }
}

/** What is wrong with a configuration; one that is not there is an empty one, as the plugin sees it. */
export function configFindings(value: unknown, place: Place, { name, validate }: KnownPlugin): Finding[] {
  if (validate === null || (value !== undefined && !isObject(value))) return [];
  const found = schemaFindings(validate, value ?? {}, "plugin-config", place);
  return found.map((finding) => ({
    ...finding,
    message: name === null ? finding.message : `${finding.message} (${name})`,
  }));
}

/** `basic-auth` of `oci://host/team/basic-auth:1` and of `https://host/basic-auth.wasm`. */
function imageName(url: unknown): string | undefined {
  const path = typeof url === "string" ? parseModuleUrl(url)?.path : undefined;
  return path
    ?.split("/")
    .pop()
    ?.replace(/\.wasm$/, "");
}
