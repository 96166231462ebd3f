import { Document, type Node, isMap, isSeq } from "yaml";
import { bootstrap } from "../envoy/bootstrap.js";
import { WrongUse } from "../terminal.js";
import { type EnvoySetup, envoyOptions, systemAuthorities, wasmFilter } from "./envoy-bootstrap.js";

/** The bootstrap of a run as a file that Envoy starts with by itself: `envoy -c`. Nothing in it changes while it serves. */
export function staticBootstrap(setup: Pick<EnvoySetup, "settings" | "links">, asJson: boolean): string {
  const { settings, links } = setup;
  if (settings.upstream === null && links.every(({ isNetwork }) => isNetwork))
    throw new WrongUse("a TCP filter stands before a service: say which one with --upstream host:port");
  const options = envoyOptions({
    settings,
    links,
    filterOf: (link) => wasmFilter(link, settings),
    authorities: systemAuthorities(),
  });
  const configuration = bootstrap(options);
  return asJson ? `${JSON.stringify(configuration, null, 2)}\n` : asYaml(configuration, setup);
}

function asYaml(configuration: object, { settings, links }: Pick<EnvoySetup, "settings" | "links">): string {
  const document = new Document(configuration, { aliasDuplicateObjects: false });
  document.commentBefore = [
    " Envoy's bootstrap, as `apw run` starts it without the parts that watch for changes.",
    " Start it with: envoy -c <this file>",
  ].join("\n");
  const say = (path: (string | number)[], comment: string) => {
    const node = document.getIn(path, true) as Node | undefined;
    if (isMap(node) || isSeq(node)) node.commentBefore = ` ${comment}`;
  };
  const listener = ["static_resources", "listeners", 0];
  say(["admin"], "Statistics, configuration and log levels: not for everybody's eyes.");
  say(listener, `Requests come in here, on ${settings.address}:${settings.port}.`);
  for (const [path, kind] of filterLists(configuration)) {
    const shown = document.getIn(path, true);
    if (!isSeq(shown)) continue;
    for (const [index, item] of shown.items.entries()) {
      const link = links.find(
        ({ name }) => name === (item as { get?: (key: string) => unknown }).get?.("name"),
      );
      if (link === undefined) continue;
      say([...path, index], `${link.name}, a filter of ${kind}: the module is made by \`apw build\`.`);
      say(
        [...path, index, "typed_config", "config", "configuration"],
        "What the plugin's onConfigure gets, as text.",
      );
    }
  }
  const clusters = document.getIn(["static_resources", "clusters"], true);
  if (isSeq(clusters))
    for (const [index, item] of clusters.items.entries()) {
      const name = (item as { get: (key: string) => unknown }).get("name");
      const what = name === "upstream" ? "Where requests go." : "A service that plugins call by this name.";
      say(["static_resources", "clusters", index], what);
    }
  if (settings.upstream === null)
    say(
      [...routesIn(configuration), 0, "direct_response"],
      "No --upstream was named, so Envoy itself answers.",
    );
  return document.toString({ lineWidth: 0 });
}

/** Where lists of filters stand, and what for. */
function filterLists(configuration: object): [path: (string | number)[], kind: string][] {
  const network = ["static_resources", "listeners", 0, "filter_chains", 0, "filters"];
  const filters = network.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], configuration);
  const last = (filters as { typed_config: object }[]).length - 1;
  return [
    [network, "connections"],
    [[...network, last, "typed_config", "http_filters"], "HTTP requests"],
  ];
}

function routesIn(configuration: object): (string | number)[] {
  const [[network]] = filterLists(configuration) as [[(string | number)[], string]];
  const filters = network.reduce<unknown>(
    (at, key) => (at as Record<string | number, unknown>)[key],
    configuration,
  );
  const last = (filters as object[]).length - 1;
  return [...network, last, "typed_config", "route_config", "virtual_hosts", 0, "routes"];
}
