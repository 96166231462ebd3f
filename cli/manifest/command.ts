import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { recommendedManifest } from "../istio/roles.js";
import type { WasmPlugin } from "../istio/types.js";
import { findPlugin } from "../project/plugin.js";
import { WrongUse } from "../terminal.js";
import { readConfiguration, readSources } from "../words/configuration.js";
import { PluginSchemas } from "../validate/plugin-config.js";
import { manifestsIn } from "../validate/read.js";
import { validate } from "../validate/validate.js";
import { ask } from "./ask.js";
import { bootstrapYaml, ecdsYaml } from "./bootstrap.js";
import { besideCanary } from "./canary.js";
import type { Choices, Deployment, Target } from "./deployment.js";
import { downloadOf, envoyFilterYaml } from "./envoy-filter.js";
import { inIstio } from "./in-istio.js";
import { inOrder, type Wish } from "./plan.js";
import { type Canary, configOf, objectIn, readProjectFile } from "./project-file.js";
import { serviceYamls } from "./services.js";
import { annotation, labelsOf } from "./stats-tags.js";
import { wasmPluginYaml } from "./wasm-plugin.js";
import { joined, type Made, write } from "./write.js";

export type Kind = "wasmplugin" | "envoyfilter" | "bootstrap" | "ecds";

export interface ManifestOptions extends Choices {
  kind: Kind;
  file?: string;
  namespace?: string;
  selector?: Record<string, string>;
  gateway?: string;
  service?: string;
  port?: number[];
  config?: string;
  env?: Deployment["env"];
  secure?: boolean;
  canary?: string;
  canarySha256?: string;
  canaryLabel?: Record<string, string>;
  stableLabel?: Record<string, string>;
  proxyVersion?: string;
  listen: number;
  adminPort: number;
  upstream: string;
  module?: string;
  output?: string;
  force?: boolean;
}

/** A wish with what is only of use beside it. */
interface Asked {
  wishes: Wish[];
  canaries: (Canary | undefined)[];
  proxyVersion: string | undefined;
  /** The module's file of each plugin, where it is built here. */
  modules: Map<string, string>;
}

/** Options that say something of a plugin, where no file does. */
const ofOnePlugin = [
  ...(["name", "image", "sha256", "pullPolicy", "pullSecret", "selector", "gateway", "service"] as const),
  ...(["type", "phase", "mode", "port", "priority", "failStrategy", "config", "env", "module"] as const),
  ...(["canary", "canarySha256", "canaryLabel", "stableLabel"] as const),
] satisfies (keyof ManifestOptions)[];

const optionOf = (key: string): string =>
  `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Runs `apw manifest`. */
export async function manifest(words: readonly string[], options: ManifestOptions): Promise<void> {
  const files = await render(words, options);
  if (options.output === undefined) {
    process.stdout.write(joined(files));
    return;
  }
  for (const path of await write(files, options.output, options.force ?? false)) console.log(`wrote ${path}`);
}

/** What is asked for, as texts. */
export async function render(words: readonly string[], options: ManifestOptions): Promise<Made[]> {
  const asked = await whatIsAsked(words, options);
  const deployments = inOrder(asked.wishes).flatMap((deployment, index) => {
    const canary = asked.canaries[index];
    return canary === undefined ? [deployment] : besideCanary(deployment, canary);
  });
  if (options.secure) for (const deployment of deployments) secure(deployment);
  refuseTwins(deployments);
  const files = made(deployments, options, asked);
  checkOwn(files, options.kind);
  return files;
}

/** Of two objects of one name the second takes the place of the first. */
function refuseTwins(deployments: readonly Deployment[]): void {
  const names = deployments.map(({ name, namespace = "" }) => `${namespace}/${name}`);
  const twin = deployments.find((_, index) => names.indexOf(names[index]!) < index);
  if (twin !== undefined)
    throw new WrongUse(
      `two are named ${twin.name}, and the second would take the place of the first: give each a name in an apw.yaml`,
    );
}

async function whatIsAsked(words: readonly string[], options: ManifestOptions): Promise<Asked> {
  if (options.proxyVersion !== undefined && options.kind !== "envoyfilter")
    throw new WrongUse("--proxy-version is of an EnvoyFilter: give --kind envoyfilter, or leave it out");
  if (options.listen === options.adminPort)
    throw new WrongUse(`--listen and --admin-port are both ${options.listen}: they need one each`);
  const file = options.file ?? (words.length === 0 && existsSync("apw.yaml") ? "apw.yaml" : undefined);
  if (file !== undefined) {
    if (words.length > 0) throw new WrongUse("name plugins, or a file with --file: not both");
    const [own] = ofOnePlugin.filter((key) => options[key] !== undefined);
    if (own !== undefined)
      throw new WrongUse(
        `${optionOf(own)} is of a plugin that the command names: say it in ${file}, or name the plugin`,
      );
    return fromFile(file, options);
  }
  if (words.length === 0 && process.stdin.isTTY && process.stdout.isTTY) {
    const wish = await ask();
    return { wishes: [wish], canaries: [undefined], proxyVersion: options.proxyVersion, modules: new Map() };
  }
  const names = words.length === 0 ? [undefined] : words;
  if (names.length > 1 && (options.image ?? options.sha256 ?? options.config ?? options.name) !== undefined)
    throw new WrongUse(
      "--image, --sha256, --config and --name are of one plugin: describe several in an apw.yaml",
    );
  const [part] = (["canarySha256", "canaryLabel", "stableLabel"] as const).filter((key) => options[key]);
  if (part !== undefined && options.canary === undefined)
    throw new WrongUse(`${optionOf(part)} says something of a second version: name it with --canary`);
  const modules = new Map<string, string>();
  const wishes: Wish[] = [];
  for (const name of names) wishes.push(await wishOf(name, options, modules));
  const canary: Canary | undefined =
    options.canary === undefined
      ? undefined
      : {
          image: options.canary,
          ...(options.canarySha256 !== undefined && { sha256: options.canarySha256 }),
          ...(options.canaryLabel !== undefined && { labels: options.canaryLabel }),
          ...(options.stableLabel !== undefined && { stableLabels: options.stableLabel }),
        };
  return { wishes, canaries: wishes.map(() => canary), proxyVersion: options.proxyVersion, modules };
}

async function wishOf(
  word: string | undefined,
  options: ManifestOptions,
  modules: Map<string, string>,
): Promise<Wish> {
  const { selector, gateway, service } = options;
  const targets = [selector && { labels: selector }, gateway && { gateway }, service && { service }].filter(
    (target) => target !== undefined && target !== "",
  );
  if (targets.length > 1)
    throw new WrongUse("--selector, --gateway and --service are three ways to name proxies: give one");
  const [target] = targets as Target[];
  const base = await pluginWish(word, modules, options.module);
  const config = options.config === undefined ? undefined : await configFrom(options.config, base.plugin);
  return {
    ...base,
    ...pick(options, [
      "name",
      "namespace",
      "image",
      "sha256",
      "pullPolicy",
      "pullSecret",
      "type",
      "phase",
      "mode",
      "priority",
      "failStrategy",
      "env",
      "debug",
    ]),
    ...(target !== undefined && { target }),
    ...(options.port !== undefined && { ports: options.port }),
    ...(config !== undefined && { config }),
  };
}

/** What is known of a plugin by its name or folder. */
async function pluginWish(
  word: string | undefined,
  modules: Map<string, string>,
  module: string | undefined,
  from = process.cwd(),
): Promise<Wish> {
  const plugin = await findPlugin(word, from);
  const rootId = plugin.runtime.rootIds?.[0] ?? plugin.name;
  const own = recommendedManifest(plugin.name) === null ? ownManifest(plugin.folder) : undefined;
  modules.set(plugin.name, module ?? relative(process.cwd(), plugin.module));
  return {
    plugin: rootId,
    ...(own !== undefined && { own: own.spec }),
    ...(plugin.runtime.filter === "network" && { type: "NETWORK" as const }),
  };
}

/** The `wasmplugin.yaml` of a project, where it has one that can be read. */
function ownManifest(folder: string): WasmPlugin | undefined {
  const file = join(folder, "wasmplugin.yaml");
  if (!existsSync(file)) return undefined;
  const [found] = manifestsIn(readFileSync(file, "utf8"), file);
  return found?.value?.["kind"] === "WasmPlugin" && found.value["spec"] !== undefined
    ? (found.value as unknown as WasmPlugin)
    : undefined;
}

async function fromFile(file: string, options: ManifestOptions): Promise<Asked> {
  const project = readProjectFile(file);
  const modules = new Map<string, string>();
  const wishes: Wish[] = [];
  for (const entry of project.plugins) {
    const { plugin, config, env, canary: _, image, ...rest } = entry;
    const base = await pluginWish(
      plugin === "." ? undefined : plugin,
      modules,
      undefined,
      dirname(resolve(file)),
    );
    const target = entry.target ?? project.target;
    const namespace = options.namespace ?? project.namespace;
    const own =
      image ??
      (project.registry === undefined
        ? undefined
        : `${project.registry.replace(/\/$/, "")}/${base.plugin}:${versionIn(dirname(resolve(file)))}`);
    const read = configOf(config, file);
    wishes.push({
      ...base,
      ...rest,
      plugin: base.plugin,
      ...(own !== undefined && { image: own }),
      ...(target !== undefined && { target }),
      ...(namespace !== undefined && { namespace }),
      ...(read !== undefined && { config: read }),
      ...(env !== undefined && {
        env: Object.entries(env).map(([name, value]) =>
          value === null ? { name, valueFrom: "HOST" as const } : { name, value },
        ),
      }),
      ...(options.debug && { debug: true }),
    });
  }
  return {
    wishes,
    canaries: project.plugins.map(({ canary }) => canary),
    proxyVersion: options.proxyVersion ?? project.proxyVersion,
    modules,
  };
}

function versionIn(folder: string): string {
  const file = join(folder, "package.json");
  const { version } = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { version?: string })
    : {};
  return version ?? "latest";
}

/** What must be there where only one image may run, and nothing may pass unchecked. */
function secure({ name, source, reasons, ...deployment }: Deployment): void {
  if (source.sha256 === undefined && !source.url.includes("@sha256:"))
    throw new WrongUse(
      `${name}: --secure needs the digest of what may run: give --sha256, as \`apw image push\` prints it`,
    );
  if (deployment.failStrategy === "FAIL_OPEN")
    throw new WrongUse(
      `${name}: --secure and FAIL_OPEN contradict each other: give --fail-strategy FAIL_CLOSE`,
    );
  if (source.url.startsWith("oci://")) source.pullPolicy ??= "IfNotPresent";
  reasons.failStrategy ??= "When the module cannot be fetched or fails, requests are refused.";
}

function made(
  planned: readonly Deployment[],
  options: ManifestOptions,
  { proxyVersion, modules }: Asked,
): Made[] {
  const version = proxyVersion === undefined ? {} : { proxyVersion };
  // Of a bootstrap the clusters can have any name.
  const isOfIstio = options.kind === "wasmplugin" || options.kind === "envoyfilter";
  const deployments = isOfIstio ? planned.map(inIstio) : planned;
  const services = (all: readonly Deployment[]) =>
    serviceYamls(all).map((text, index) => ({ name: `services-${index + 1}`, text }));
  switch (options.kind) {
    case "wasmplugin":
      return [
        ...deployments.map((deployment) => ({
          name: deployment.name,
          text: withTags(deployment, wasmPluginYaml(deployment)),
        })),
        ...services(deployments),
      ];
    case "envoyfilter": {
      const fetched = deployments.map((deployment) => ({
        ...deployment,
        callouts: [...deployment.callouts, downloadOf(deployment)],
      }));
      return [
        ...deployments.map((deployment) => ({
          name: deployment.name,
          text: withTags(
            deployment,
            envoyFilterYaml(deployment, { ...version, ...applied(deployment, deployments) }),
          ),
        })),
        ...services(fetched),
      ];
    }
    case "bootstrap":
    case "ecds": {
      if (options.kind === "ecds" && options.output === undefined)
        throw new WrongUse("--kind ecds makes several files: say with --output which folder they go to");
      const folder = resolve(options.output ?? ".");
      const ecdsFile = options.kind === "ecds" ? (name: string) => join(folder, `${name}.ecds.yaml`) : null;
      const choices = {
        port: options.listen,
        adminPort: options.adminPort,
        upstream: upstreamOf(options.upstream),
        modules: absolute(modules),
        ecdsFile,
      };
      const main = { name: "envoy", text: bootstrapYaml(deployments, choices) };
      return ecdsFile === null
        ? [main]
        : [
            main,
            ...deployments.map((deployment) => ({
              name: `${deployment.name}.ecds`,
              text: ecdsYaml(deployment, choices),
            })),
          ];
    }
  }
}

/**
 * When an EnvoyFilter is applied among others. What is put before the router pushes those before it forward, so that the
 * first of a chain goes first; what is put before all others must be applied last to stand first.
 */
function applied(deployment: Deployment, all: readonly Deployment[]): { priority?: number } {
  if (all.length < 2) return {};
  const index = all.indexOf(deployment);
  return { priority: 10 * (deployment.phase === "AUTHN" ? all.length - index : index + 1) };
}

/** What custom-metrics needs of the pods, as the first thing that one reads. */
function withTags(deployment: Deployment, text: string): string {
  const labels = labelsOf([deployment]);
  if (labels.length === 0) return text;
  return `# For its labels to show, the pods need this annotation, and a restart:\n#   ${annotation(labels)}\n${text}`;
}

const absolute = (modules: Map<string, string>): Map<string, string> =>
  new Map([...modules].map(([name, file]) => [name, isAbsolute(file) ? file : resolve(file)]));

function upstreamOf(text: string): { host: string; port: number; tls: boolean } {
  const withScheme = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(withScheme))
    throw new WrongUse(`--upstream ${text}: expected host:port, or http(s)://host`);
  const { protocol, hostname, port } = new URL(withScheme);
  const tls = protocol === "https:";
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? (tls ? 443 : 80) : Number(port), tls };
}

/** What `--config` says; what the plugin's schema says of it is told of what is made. */
async function configFrom(value: string, plugin: string): Promise<Record<string, unknown>> {
  const source = readSources([value], [plugin]).get(plugin);
  const { text = "{}" } = await readConfiguration({ name: plugin, schema: null }, source);
  return objectIn(text, source !== undefined && "file" in source ? source.file : "--config");
}

/** What is made here must pass `apw validate`; what it finds comes from what was asked for. */
function checkOwn(files: readonly Made[], kind: Kind): void {
  if (kind === "bootstrap" || kind === "ecds") return;
  const found = files.flatMap(({ name, text }) =>
    validate(manifestsIn(text, `${name}.yaml`), new PluginSchemas()),
  );
  const said = ({ message, proposal = "" }: { message: string; proposal?: string }) =>
    `${message}. ${proposal}`.trim();
  const errors = found.filter(({ level }) => level === "error");
  if (errors.length > 0) throw new WrongUse(errors.map(said).join("\n"));
  for (const finding of found.filter(({ level }) => level === "warning"))
    console.error(`warning: ${said(finding)}`);
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(
    keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]),
  ) as Partial<Pick<T, K>>;
}
