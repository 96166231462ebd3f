import { Command } from "commander";
import { withEnvoyOptions } from "../envoy/option.js";
import type { RunOptions } from "../run/options.js";

const collect = (value: string, before: string[]): string[] => [...before, value];

/** `apw run`: plugins in a chain before an upstream, rebuilt and reloaded as one writes. */
export const run = withEnvoyOptions(
  new Command("run")
    .description("runs plugins in Envoy, or on the embedded host, before an upstream")
    .argument(
      "[plugin...]",
      "a project's folder, a bundled plugin or a .wasm file, in the order in which a request meets them; the project around you without any",
    )
    .option("--host <host>", "envoy, embedded, or auto: Envoy where there is one", "auto")
    .option(
      "--upstream <url>",
      "where requests go: http://host:port, https://host, grpc://, tcp:// or host:port; a built-in one that answers with what reached it, without it",
    )
    .option(
      "--config <json>",
      "a plugin's configuration: JSON, @file, file.json or file.yaml; name=... where there are several plugins",
      collect,
      [],
    )
    .option(
      "--cluster <name=url>",
      "a service that plugins call by this name; as often as needed",
      collect,
      [],
    )
    .option(
      "--root-id <name>",
      "the name that a plugin's root context is registered under, where it is not the plugin's; of one plugin",
    )
    .option("--watch", "rebuilds and reloads on every change, without dropping connections")
    .option("--debug", "compiles with names and a source map, so that a trap says its line")
    .option("--port <port>", "where it listens; 10000 or one that is free without it, 0 for any")
    .option("--admin-port <port>", "where the admin page is; 9901 or one that is free without it")
    .option("--address <address>", "what it listens on", "127.0.0.1")
    .option("--concurrency <workers>", "worker threads, each with VMs of its own", "1")
    .option(
      "--log-level <level>",
      "the least that plugins log: trace, debug, info, warning, error, critical; with debug the host's own lines too",
      "info",
    )
    .option(
      "--fail-policy <policy>",
      "what happens when a plugin traps: closed (503), open (goes on without it) or reload",
      "closed",
    )
    .option("--env <name=value>", "a variable in the modules' environment; as often as needed", collect, [])
    .option("--no-diff", "does not look at what plugins change, which costs time")
    .option("--print-config", "prints the Envoy bootstrap, and does not run it")
    .option("--json", "an event a line, for a program: ready, log, diff, upstream, rebuilt, error"),
)
  .addHelpText(
    "after",
    `
Examples
  apw run --watch                                 the project you are in, rebuilt as you write
  apw run --upstream http://localhost:3000        before a service of yours
  apw run --config '{"greeting": "hello"}'        with a configuration; --config @config.yaml reads a file
  apw run basic-auth hello --config basic-auth=@auth.json
                                                  two of the library's plugins, one behind the other
  apw run ext-auth --config @auth.json --cluster auth-service=http://localhost:8081
                                                  with a service that the plugin calls
  apw run --print-config > envoy.yaml             the bootstrap, for envoy -c envoy.yaml

curl http://127.0.0.1:10000/status/404 has the built-in upstream answer 404.`,
  )
  .action(async (words: string[], options: RunOptions) => {
    const { run: start } = await import("../run/run.js");
    await start(words, options);
  });
