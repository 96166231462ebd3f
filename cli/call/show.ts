import { trapsIn } from "../check/trap.js";
import { type LocatedTrap, trapText } from "../check/trap-lines.js";
import { bold, dim, green, red, yellow } from "../terminal.js";
import { textOf } from "./decode.js";
import type { Message, Outgoing, Played } from "./played.js";
import type { PlayedTcp } from "./tcp.js";
import { treeLines } from "./tree.js";

/** What came of a call over HTTP, for people: what the upstream got, then the response as curl -i shows it. */
export function callText({ response, failure, upstream, clusters, log, traps, trace }: Played): string {
  return [
    ...(trace ? [...treeLines(trace), dim(ofOneCall), ""] : []),
    ...logLines(log),
    ...trapLines(traps),
    ...clusters.flatMap(({ name, request }) => [
      bold(`the cluster ${name} got`),
      ...outgoingLines(request),
      "",
    ]),
    ...(upstream.length === 0 ? [dim("the upstream got nothing"), ""] : []),
    ...upstream.flatMap((one) => [bold("the upstream got"), ...outgoingLines(one), ""]),
    bold("the client got"),
    ...(response === null ? [] : responseLines(response)),
    ...(failure === undefined
      ? []
      : [red(response === null ? `no answer: ${failure}` : `and then: ${failure}`)]),
  ].join("\n");
}

const ofOneCall =
  "Times are those of one call in a VM that has just begun: apw bench measures what a plugin costs.";

function logLines(log: Played["log"]): string[] {
  const own = log.filter(({ text }) => trapsIn(text).length === 0);
  return own.length === 0 ? [] : [bold("the plugin logged"), ...counted(own).map((line) => `  ${line}`), ""];
}

const trapLines = (traps: Played["traps"] = []): string[] =>
  traps.flatMap((trap) => {
    const [what = "", ...where] = trapText(trap);
    return [bold("the plugin trapped"), `  ${red(what)}`, ...where.map((line) => `  ${line}`), ""];
  });

/** Each line once: hosts try a configuration in a VM of its own, and then in each that serves. */
function counted(log: Played["log"]): string[] {
  const counts = new Map<string, number>();
  for (const { level, text } of log) {
    const line = `${paintOf(level)(level)}: ${text}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => (count === 1 ? line : `${line} ${dim(`(${count} times)`)}`));
}

const paintOf = (level: string) => (level === "warn" ? yellow : /error|critical/.test(level) ? red : dim);

function outgoingLines({ method, path, authority, ...message }: Outgoing): string[] {
  const hasHost = message.fields.some(([name]) => name.toLowerCase() === "host");
  return [`  ${method} ${path}`, ...(hasHost ? [] : [`  host: ${authority}`]), ...messageLines(message)];
}

const responseLines = ({ status, ...message }: Message & { status: number }): string[] => [
  `  ${(status < 400 ? green : yellow)(String(status))}`,
  ...messageLines(message),
];

function messageLines({ fields, body, trailers }: Message): string[] {
  const lines = fields.map(([name, value]) => `  ${name}: ${fromTheWire(value)}`);
  const text = textOf(body).replace(/\n$/, "");
  return [
    ...lines,
    ...(body.length === 0 ? [] : ["", ...text.split("\n").map((line) => `  ${line}`)]),
    ...(trailers.length === 0
      ? []
      : ["", ...trailers.map(([name, value]) => `  ${name}: ${fromTheWire(value)}`)]),
  ];
}

/** Node gives a character a byte. */
const fromTheWire = (value: string): string => textOf(Buffer.from(value, "latin1"));

/** The same for programs. Bodies that are no UTF-8 are in base64. */
export function callJson({ response, failure, upstream, clusters, log, traps, trace }: Played): object {
  const message = ({ fields, body, trailers }: Message) => ({
    headers: fields.map(([name, value]) => [name, fromTheWire(value)]),
    ...bodyJson(body),
    ...(trailers.length > 0 && { trailers }),
  });
  const request = ({ method, path, authority, ...rest }: Outgoing) => ({
    method,
    path,
    authority,
    ...message(rest),
  });
  return {
    response: response && { status: response.status, ...message(response) },
    ...(failure !== undefined && { failure }),
    upstream: upstream.map(request),
    clusters: clusters.map(({ name, request: one }) => ({ cluster: name, ...request(one) })),
    log,
    ...(traps && { traps: traps.map(trapJson) }),
    ...(trace && { trace }),
  };
}

function trapJson({ callback, reason, frames, wayOut }: LocatedTrap): object {
  return {
    callback,
    reason,
    frames: frames.map(({ text: _, shown: __, ...place }) => place),
    ...(wayOut !== undefined && { wayOut }),
  };
}

function bodyJson(body: Buffer): object {
  const text = body.toString();
  return Buffer.from(text).equals(body) ? { body: text } : { body_base64: body.toString("base64") };
}

export function tcpText({ upstream, client, held, closed, log, traps, trace }: PlayedTcp): string {
  return [
    ...(trace ? [...treeLines(trace), dim(ofOneCall), ""] : []),
    ...logLines(log),
    ...trapLines(traps),
    `${bold("the upstream got")}  ${bytesText(upstream)}`,
    `${bold("the client got")}    ${bytesText(client)}`,
    ...held.map((side) => yellow(`the plugin still holds bytes of the ${side}`)),
    ...(closed ? [yellow("the plugin closed the connection")] : []),
  ].join("\n");
}

const bytesText = (bytes: Buffer): string =>
  bytes.length === 0 ? dim("nothing") : `${JSON.stringify(textOf(bytes))}  ${dim(`${bytes.length} bytes`)}`;

export const tcpJson = ({ upstream, client, traps, ...rest }: PlayedTcp): object => ({
  upstream: bodyJson(upstream),
  client: bodyJson(client),
  ...(traps && { traps: traps.map(trapJson) }),
  ...rest,
});
