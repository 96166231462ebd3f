import { readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Document, isMap, isNode, LineCounter, parseAllDocuments } from "yaml";
import { WrongUse } from "../terminal.js";
import { isObject, type Place } from "./finding.js";

/** One object of a file. */
export interface Manifest {
  file: string;
  document: Document;
  /** What the document says, as plain values; null of one that is broken or empty. */
  value: Record<string, unknown> | null;
  /** `WasmPlugin default/auth`, as far as it says. */
  object: string;
  /** Mistakes of the YAML itself, with their lines. */
  broken: { line: number; message: string }[];
  /** The line on which a thing stands, or that which it should stand in. */
  lineOf: (place: Place) => number;
  /** True of an object within a list: it cannot be put right where it stands. */
  isListed: boolean;
}

/** All documents of files and folders; folders are searched for `.yaml`, `.yml` and `.json`. `-` is standard input. */
export async function readManifests(places: readonly string[]): Promise<Manifest[]> {
  const files = (await Promise.all(places.map(filesAt))).flat();
  return files.flatMap((file) => manifestsIn(textOf(file), file === "-" ? "<stdin>" : file));
}

async function filesAt(place: string): Promise<string[]> {
  if (place === "-") return ["-"];
  let isFolder: boolean;
  try {
    isFolder = statSync(place).isDirectory();
  } catch {
    throw new WrongUse(`there is no file or folder ${place}`);
  }
  if (!isFolder) return [place];
  const entries = await readdir(place, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/(^|[/\\])(node_modules|\.git|scenarios)[/\\]/.test(file));
  return files.sort();
}

const textOf = (file: string): string => readFileSync(file === "-" ? 0 : file, "utf8");

/** The documents of a text. A list of Kubernetes gives its objects. */
export function manifestsIn(text: string, file: string): Manifest[] {
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  return documents
    .filter((document) => document.contents !== null || document.errors.length > 0)
    .flatMap((document) => {
      const broken = document.errors.map(({ message, pos }) => ({ line: lineAt(pos[0]), message }));
      const value: unknown = broken.length > 0 ? null : document.toJS();
      if (broken.length === 0 && !isObject(value))
        broken.push({ line: lineAt(document.range[0]), message: "this is no object" });
      const whole = { file, document, broken };
      // What `kubectl get -o yaml` prints of several objects.
      const items = isObject(value) && /List$/.test(String(value["kind"])) ? value["items"] : undefined;
      const entries: [value: unknown, at: Place][] = Array.isArray(items)
        ? items.map((item, index) => [item, ["items", index]])
        : [[value, []]];
      return entries.map(([entry, at]): Manifest => {
        const object = isObject(entry) ? entry : null;
        const lineOf = (place: Place) => lineAt(offsetOf(document, [...at, ...place]));
        return { ...whole, value: object, object: nameOf(object), lineOf, isListed: at.length > 0 };
      });
    });
}

function nameOf(value: Record<string, unknown> | null): string {
  if (value === null) return "a document";
  const { kind = "an object without kind", metadata } = value as {
    kind?: unknown;
    metadata?: { name?: unknown; namespace?: unknown };
  };
  const parts = [metadata?.namespace, metadata?.name].filter((part) => typeof part === "string");
  return `${typeof kind === "string" ? kind : "an object"} ${parts.join("/")}`.trim();
}

/** Where the deepest part of a place that is there begins: its key, where it has one. */
function offsetOf(document: Document, place: Place): number {
  let offset = document.contents?.range?.[0] ?? document.range?.[0] ?? 0;
  let node: unknown = document.contents;
  for (const part of place) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => isNode(key) && String(key) === String(part))
      : undefined;
    if (pair !== undefined && isNode(pair.key)) {
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
      continue;
    }
    const inner: unknown =
      typeof node === "object" && node !== null && "get" in node
        ? (node as { get: (key: unknown, keepScalar: boolean) => unknown }).get(part, true)
        : undefined;
    if (!isNode(inner)) break;
    offset = inner.range?.[0] ?? offset;
    node = inner;
  }
  return offset;
}
