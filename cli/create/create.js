#!/usr/bin/env node
// `npm create as-proxy-wasm [dir]` is `apw init [dir]`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const manifest = createRequire(import.meta.url).resolve("as-proxy-wasm/package.json");
/** @type {{ bin: { apw: string } }} */
const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
process.argv.splice(2, 0, "init");
await import(new URL(bin.apw, pathToFileURL(manifest)).href);
