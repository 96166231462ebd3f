import { isIP } from "node:net";
import { near } from "../near.js";
import { WrongUse } from "../terminal.js";
import type { EnvoyChoice } from "../envoy/option.js";
import { readClusters } from "../words/clusters.js";
import { type Endpoint, readEndpoint } from "../words/endpoint.js";
import { type Level, levels, type Settings } from "./host.js";
import { readPort } from "./ports.js";

/** `apw run`'s options as they are on the command line. */
export interface RunOptions extends EnvoyChoice {
  host: string;
  upstream?: string;
  config: string[];
  cluster: string[];
  rootId?: string;
  address: string;
  port?: string;
  adminPort?: string;
  concurrency: string;
  logLevel: string;
  failPolicy: string;
  env: string[];
  watch?: boolean;
  debug?: boolean;
  diff: boolean;
  printConfig?: boolean;
  json?: boolean;
}

/** What the command line says, before it is known what is free and what there is. */
export interface Wanted extends Omit<Settings, "port" | "adminPort" | "upstream"> {
  host: "envoy" | "embedded" | "auto";
  upstream: Endpoint | null;
  /** Undefined where nobody asked for one. */
  port: number | undefined;
  adminPort: number | undefined;
}

const hosts = ["auto", "envoy", "embedded"] as const;
const policies = { closed: "FAIL_CLOSED", open: "FAIL_OPEN", reload: "FAIL_RELOAD" } as const;

export function readOptions(options: RunOptions): Wanted {
  const { upstream, port, adminPort } = options;
  return {
    host: choice(options.host, hosts, "--host"),
    upstream: upstream === undefined ? null : readEndpoint(upstream, "--upstream"),
    clusters: readClusters(options.cluster),
    address: readAddress(options.address),
    port: port === undefined ? undefined : readPort(port, "--port"),
    adminPort: adminPort === undefined ? undefined : readPort(adminPort, "--admin-port"),
    concurrency: readConcurrency(options.concurrency),
    logLevel: readLevel(options.logLevel),
    failPolicy:
      policies[
        choice(options.failPolicy, Object.keys(policies) as (keyof typeof policies)[], "--fail-policy")
      ],
    environment: readEnvironment(options.env),
    diff: options.diff,
  };
}

function choice<T extends string>(text: string, allowed: readonly T[], option: string): T {
  const found = allowed.find((word) => word === text);
  if (found !== undefined) return found;
  const meant = near(text, allowed);
  const hint = meant === null ? "" : ` (did you mean ${meant}?)`;
  throw new WrongUse(`${option} ${text} is not known: there are ${allowed.join(", ")}${hint}`);
}

const readLevel = (text: string): Level => choice(text === "warn" ? "warning" : text, levels, "--log-level");

function readAddress(text: string): string {
  if (text === "localhost") return "127.0.0.1";
  if (isIP(text) !== 0) return text;
  throw new WrongUse(
    `--address ${text} is no IP address: write 127.0.0.1, or 0.0.0.0 for all of this machine's`,
  );
}

function readConcurrency(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 64)
    throw new WrongUse(`--concurrency ${text} is no number of workers: write one from 1 to 64`);
  return count;
}

function readEnvironment(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const at = value.indexOf("=");
      if (at < 1) throw new WrongUse(`--env ${value} is not of the form NAME=value`);
      return [value.slice(0, at), value.slice(at + 1)];
    }),
  );
}
