import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { RequestDescription } from "../measure/request-bytes.js";
import { WrongUse } from "../terminal.js";

export interface RequestOptions {
  path: string;
  method?: string;
  header: string[];
  data?: string;
}

/** The request that options describe, as curl's of the same names do. `host` is what it asks for where no header says it. */
export async function requested(options: RequestOptions, host: string): Promise<RequestDescription> {
  const body = options.data === undefined ? null : await bodyOf(options.data);
  const method = options.method ?? (body === null ? "GET" : "POST");
  if (!/^[A-Za-z][A-Za-z-]*$/.test(method)) throw new WrongUse(`--method ${method} is no method of HTTP`);
  if (!/^\/[!-~]*$/.test(options.path))
    throw new WrongUse(`--path ${options.path} must begin with / and hold no spaces: /items?page=1`);
  return { method, path: options.path, host, headers: options.header.map(headerIn), body };
}

/** `name: value`. */
export function headerIn(text: string): [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new WrongUse(`the header ${JSON.stringify(text)} is not written as 'name: value'`);
  return [name, value];
}

async function bodyOf(text: string): Promise<Uint8Array> {
  if (!text.startsWith("@")) return Buffer.from(text);
  const file = resolve(text.slice(1));
  if (!existsSync(file)) throw new WrongUse(`-d names ${text.slice(1)}, and there is no such file`);
  return readFile(file);
}
