import { existsSync } from "node:fs";
import { readJson } from "./json.js";
import { WrongUse } from "../terminal.js";

/** `runtime-config.json` of a project: what a host must have and say. */
export interface RuntimeConfig {
  /** Versions of the ABI that the module speaks. */
  abiVersions?: string[];
  /** The names under which its root contexts are registered: Envoy's `root_id`, Istio's `pluginName`. */
  rootIds?: string[];
  /** `http` for an HTTP filter, `network` for a TCP one. */
  filter?: "http" | "network";
  /** What it is known to run on, and the least that it needs. */
  envoy?: { minimum?: string; tested?: string[] };
  istio?: { minimum?: string };
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const areTexts: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(isText);

/** What each entry must be, in words too. */
const rules: [path: [string, string?], is: Check, words: string][] = [
  [["abiVersions"], areTexts, 'a list of versions, such as ["0.2.1"]'],
  [["rootIds"], areTexts, 'a list of names, such as ["my-filter"]'],
  [["filter"], (value) => value === "http" || value === "network", '"http" or "network"'],
  [["envoy", "minimum"], isText, 'a version, such as "1.36"'],
  [["envoy", "tested"], areTexts, 'a list of versions, such as ["1.40.0"]'],
  [["istio", "minimum"], isText, 'a version, such as "1.28"'],
];

/** Reads `runtime-config.json`; empty where there is none. Throws `WrongUse` for what no project may say. */
export function readRuntimeConfig(file: string): RuntimeConfig {
  if (!existsSync(file)) return {};
  const value = readJson(file);
  if (!isObject(value)) throw new WrongUse(`${file} must be an object: { "rootIds": ["my-filter"] }`);
  for (const [[key, inner], is, words] of rules) {
    const outer = value[key];
    if (outer === undefined) continue;
    if (inner !== undefined && !isObject(outer)) throw new WrongUse(`${file}: ${key} must be an object`);
    const found = inner === undefined ? outer : (outer as Record<string, unknown>)[inner];
    if (found !== undefined && !is(found))
      throw new WrongUse(`${file}: ${inner === undefined ? key : `${key}.${inner}`} must be ${words}`);
  }
  return value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
