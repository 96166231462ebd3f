import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { textOf, wat } from "../../support/wat.js";
import { type Argument, callbackLayouts, hostcallLayouts } from "../../../cli/call/layout.js";

/** A module that tells in the log of its host what it is called for, what it calls, and what comes of that. */
export interface Instrumented {
  bytes: Uint8Array;
  /** The functions of the trace by their numbers. */
  names: string[];
}

interface Import {
  line: string;
  module: string;
  name: string;
  internal: string;
  params: string[];
  result: string;
}

const tracer = fileURLToPath(new URL("tracer.wat", import.meta.url));

/**
 * Puts a wrapper around every function that a module imports and every callback that it exports. It runs on any host as
 * the module itself does, but that its memory is larger, and that its allocator is not the only one to log.
 */
export async function instrument(module: Uint8Array): Promise<Instrumented> {
  const text = await textOf(module);
  const names: string[] = [];
  const wrappers: string[] = [];
  let lines = text.trimEnd().split("\n");
  const imports = lines.flatMap(readImport);
  lines = lines.map((line) => {
    const found = imports.find((entry) => entry.line === line);
    if (found === undefined) return line;
    const number = names.push(found.name) - 1;
    wrappers.push(importWrapper(found, number));
    return line.replace(`(func ${found.internal} `, `(func $host.${number} `);
  });
  const own = ["proxy_log", "random_get"].map((name) => `$host.${names.indexOf(name)}`);
  lines = lines.map((line) => {
    const [, name, internal] = /^ \(export "(\w+)" \(func (\$\S+)\)\)$/.exec(line) ?? [];
    if (name === undefined || (name !== "_initialize" && !callbackLayouts.has(name))) return line;
    const signature = signatureOf(lines, internal!);
    const number = names.push(name) - 1;
    wrappers.push(exportWrapper(name, internal!, signature, number));
    return line.replace(internal!, `$export.${number}`);
  });
  if (!names.includes("_initialize")) throw new Error("a module without _initialize is not traced");
  const head = lines.findIndex((line) => line.startsWith(" (import "));
  const more: string[] = [];
  if (own[0] === "$host.-1") more.push(hostImport("env", "proxy_log", "$host.log", "i32 i32 i32"));
  if (own[1] === "$host.-1")
    more.push(hostImport("wasi_snapshot_preview1", "random_get", "$host.random", "i32 i32"));
  const helpers = (await readFile(tracer, "utf8"))
    .replaceAll("$trace.log", own[0] === "$host.-1" ? "$host.log" : own[0]!)
    .replaceAll("$trace.random", own[1] === "$host.-1" ? "$host.random" : own[1]!);
  lines.splice(head < 0 ? 1 : head, 0, ...more);
  lines.splice(lines.length - 1, 0, helpers, ...wrappers);
  return { bytes: await wat(lines.join("\n")), names };
}

const hostImport = (module: string, name: string, internal: string, params: string) =>
  ` (import "${module}" "${name}" (func ${internal} (param ${params}) (result i32)))`;

function readImport(line: string): Import[] {
  const found = /^ \(import "(\w+)" "(\w+)" \(func (\$\S+) (.*)\)\)$/.exec(line);
  if (found === null) return [];
  const [, module = "", name = "", internal = "", type = ""] = found;
  return [{ line, module, name, internal, ...paramsOf(type) }];
}

function paramsOf(type: string): { params: string[]; result: string } {
  const params = /\(param ([^)$]*)\)/.exec(type)?.[1]?.split(" ") ?? [];
  return { params, result: /\(result (\w+)\)/.exec(type)?.[1] ?? "" };
}

/** What a function of the module's takes and gives. */
function signatureOf(lines: readonly string[], internal: string): { params: string[]; result: string } {
  const line = lines.find((one) => one.startsWith(` (func ${internal} `) || one === ` (func ${internal}`);
  if (line === undefined) throw new Error(`the module has no function ${internal}`);
  const params = [...line.matchAll(/\(param (?:\$\S+ )?([^)]*)\)/g)].flatMap(([, list]) => list!.split(" "));
  return { params, result: /\(result (\w+)\)/.exec(line)?.[1] ?? "" };
}

const when = (kind: string, number: number, fields: string[]) => `
  (if (global.get $trace.base) (then
    (call $trace.line (i32.const ${kind.charCodeAt(0)}) (i32.const ${number})) ${fields.join(" ")}
    (call $trace.end)))`;

/** How a line is written of arguments, given the numbers of the parameters. */
function fieldsOf(list: readonly Argument[], wanted: "in" | "out"): string[] {
  const fields: string[] = [];
  let at = 0;
  for (const { kind, out } of list) {
    const places = kind === "bytes" || kind === "text" || kind === "pairs" ? 2 : 1;
    const [first, second] = [`(local.get ${at})`, `(local.get ${at + 1})`];
    at += places;
    if (out !== (wanted === "out") || kind === "address") continue;
    const helper =
      places === 2 ? (out ? "outBytes" : "bytes") : `${out ? "out" : "u"}${kind === "u64" ? "64" : "32"}`;
    fields.push(`(call $trace.${helper} ${first} ${places === 2 ? second : ""})`);
  }
  return fields;
}

function importWrapper({ name, internal, params, result }: Import, number: number): string {
  const layout = hostcallLayouts.get(name);
  if (layout === undefined) throw new Error(`the layout of ${name} is not known`);
  const gets = params.map((_, index) => `(local.get ${index})`).join(" ");
  if (result !== "i32") throw new Error(`${name} has no status`);
  const outs = fieldsOf(layout, "out");
  return `(func ${internal} ${params.length > 0 ? `(param ${params.join(" ")})` : ""} (result i32)
  (local $status i32) ${when(">", number, fieldsOf(layout, "in"))}
  (local.set $status (call $host.${number} ${gets}))
  (if (i32.eqz (local.get $status))
    (then ${when("<", number, ["(call $trace.u32 (local.get $status))", ...outs])})
    (else ${when("<", number, ["(call $trace.u32 (local.get $status))"])}))
  (local.get $status))`;
}

function exportWrapper(
  name: string,
  internal: string,
  { params, result }: { params: string[]; result: string },
  number: number,
): string {
  const gets = params.map((_, index) => `(local.get ${index})`);
  const fields = gets.map((get) => `(call $trace.u32 ${get})`);
  const head = `(func $export.${number} ${params.length > 0 ? `(param ${params.join(" ")})` : ""}`;
  const call = `(call ${internal} ${gets.join(" ")})`;
  if (name === "_initialize") return `${head} ${call} (call $trace.start))`;
  if (name === "proxy_on_memory_allocate")
    return `${head} (result i32) ${when("a", number, fields)} ${call})`;
  if (result === "") return `${head} ${when("(", number, fields)} ${call} ${when(")", number, [])})`;
  return `${head} (result i32) (local $result i32) ${when("(", number, fields)}
  (local.set $result ${call}) ${when(")", number, ["(call $trace.u32 (local.get $result))"])}
  (local.get $result))`;
}
