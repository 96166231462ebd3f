import { confirm, isCancel } from "@clack/prompts";
import { writeFile } from "node:fs/promises";
import { isExpected, ordinary } from "../../measure/load/expected.js";
import { LoadGenerator } from "../../measure/load/generator.js";
import { Finding, WrongUse } from "../../terminal.js";
import type { OutputOptions } from "../command.js";
import { judgeUrl, type Limits } from "../limits.js";
import { machine } from "../machine.js";
import { Progress } from "../progress.js";
import { askingSwitch } from "./asking-switch.js";
import { commandSwitch } from "./command-switch.js";
import { type Service, service, type ServiceOptions } from "./service.js";
import { againstOf, sideOf } from "./sides.js";
import type { Switch } from "./switch.js";
import { measureUrl, type Pieces, seeThatAnswers, type Sides } from "./url-bench.js";
import type { UrlResult } from "./url-result.js";
import { urlMarkdown, urlShown, urlSvg } from "./url-show.js";
import { urlVerdict } from "./url-verdict.js";
import { wasmPluginSwitch } from "./wasmplugin-switch.js";

export interface UrlOptions extends ServiceOptions, OutputOptions, Limits {
  url: string;
  offUrl?: string;
  wasmplugin?: string;
  on?: string;
  off?: string;
  settle: number;
  sign?: string;
  requests: number;
  connections: number;
  rate?: number;
  status: string[];
  yes?: boolean;
}

/** `apw bench --url`: measures a deployed service, and leaves the plugin as it was found, whatever happens. */
export async function benchUrl(options: UrlOptions): Promise<void> {
  const { url, requests, connections, rate } = options;
  const expected = options.status.length === 0 ? ordinary : options.status;
  const on = await service(url, "--url", options);
  const off = options.offUrl === undefined ? null : await service(options.offUrl, "--off-url", options);
  const how = off === null ? await chosenSwitch(options) : null;
  for (const each of off === null ? [on] : [on, off])
    await seeThatAnswers(each, expected, (status) => isExpected(status, expected));
  const description = how?.description ?? `the plugin is off at ${off!.url.href}`;
  await announce(on, off, description, options);

  const sides: Sides =
    off !== null
      ? { on, off }
      : {
          service: on,
          how: how!,
          settleMilliseconds: options.settle,
          ...(options.sign !== undefined && { sign: options.sign }),
        };
  const pieces = await guarded(how, (signal, generator, progress) =>
    measureUrl(sides, {
      requests,
      connections,
      ...(rate !== undefined && { rate }),
      expected,
      generator,
      signal,
      progress: (share, what) => progress.show(share, what),
    }),
  );
  if (pieces === null) return;
  const result = resultOf(pieces, on, description, options);
  console.log(options.json ? JSON.stringify(result, null, 2) : urlShown(result));
  if (options.svg !== undefined) await writeFile(options.svg, urlSvg(result));
  if (options.markdown !== undefined) await writeFile(options.markdown, urlMarkdown(result));
  const failures = [result.on, result.off].flatMap((side) => Object.keys(side.failures));
  if (failures.length > 0 || result.limits.some(({ verdict }) => verdict === "over")) throw new Finding();
}

async function chosenSwitch({ wasmplugin, on, off }: UrlOptions): Promise<Switch> {
  if (wasmplugin !== undefined) return wasmPluginSwitch(wasmplugin);
  if (on !== undefined || off !== undefined) {
    if (on === undefined || off === undefined)
      throw new WrongUse("--on and --off go together: one turns back what the other did");
    return commandSwitch(on, off);
  }
  if (process.stdin.isTTY && process.stdout.isTTY) return askingSwitch();
  throw new WrongUse(
    "How is the plugin turned off? --wasmplugin namespace/name has kubectl do it, --off-url names the same service without it, --on and --off are commands of yours; on a terminal you are asked to do it by hand.",
  );
}

/** Says what will be sent where before it is; a service on another machine has to be meant. */
async function announce(on: Service, off: Service | null, how: string, options: UrlOptions): Promise<void> {
  const { requests, connections, rate, yes } = options;
  console.error(
    `${(2 * requests).toLocaleString("en-US")} requests (half with the plugin, half without), ${connections} at once${rate === undefined ? ", as fast as they are answered" : `, ${rate} a second`}: ${on.description}`,
  );
  console.error(how);
  if (yes || (on.isLocal && (off === null || off.isLocal))) return;
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new WrongUse(`${on.url.host} is not on this machine: say --yes when it is yours to load.`);
  const answer = await confirm({ message: `Is ${on.url.host} yours to load?`, initialValue: false });
  if (isCancel(answer) || !answer) throw new WrongUse("Nothing was sent.");
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs a measurement, and puts the plugin back at its end, its failure or a signal; null after a signal. */
async function guarded(
  how: Switch | null,
  measure: (signal: AbortSignal, generator: LoadGenerator, progress: Progress) => Promise<Pieces>,
): Promise<Pieces | null> {
  const interruption = new AbortController();
  const generator = LoadGenerator.start();
  const progress = new Progress();
  let signalled: NodeJS.Signals | null = null;
  const interrupt = (name: NodeJS.Signals) => {
    if (signalled === null) {
      progress.clear();
      console.error(how === null ? "stopping" : "stopping, and putting the plugin back: please wait");
    }
    signalled ??= name;
    interruption.abort(new Error(name));
    void generator.stop();
  };
  for (const name of signals) process.on(name, interrupt);
  try {
    return await measure(interruption.signal, generator, progress);
  } catch (error) {
    if (signalled === null) throw error;
    process.exitCode = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signalled as (typeof signals)[number]];
    return null;
  } finally {
    progress.clear();
    await generator.stop();
    try {
      await how?.restore();
    } finally {
      for (const name of signals) process.off(name, interrupt);
    }
    if (signalled !== null && how !== null) console.error("the plugin is as it was found");
  }
}

function resultOf(pieces: Pieces, on: Service, how: string, options: UrlOptions): UrlResult {
  const { requests, connections, rate } = options;
  const around = machine();
  const against = againstOf(pieces.on, pieces.off);
  const sides = { on: sideOf(pieces.on), off: sideOf(pieces.off), against };
  const unsent = [...pieces.on, ...pieces.off].reduce((sum, piece) => sum + piece.unsent, 0);
  const notes: string[] = [];
  if (around.load > around.processors / 2)
    notes.push(
      `This machine, which sends the load, is busy (load ${around.load.toFixed(1)} on ${around.processors} processors): latencies hold some of that.`,
    );
  if (unsent > 0) notes.push(`The rate was not reached: ${unsent} requests never left.`);
  return {
    version: 1,
    kind: "url",
    machine: around,
    request: on.description,
    how,
    requests,
    connections,
    rate: rate ?? null,
    ...sides,
    notes,
    verdict: urlVerdict(sides),
    limits: against === null ? [] : judgeUrl(options, against),
  };
}
