import type { RequestDescription } from "../measure/request-bytes.js";
import { WrongUse } from "../terminal.js";
import { textOrFile } from "../words/file.js";
import { bytesAsCharacters, headerIn } from "../words/header.js";

export interface RequestOptions {
  path: string;
  method?: string;
  header: string[];
  data?: string;
}

/** The request that options describe, as curl's of the same names do. `host` is what it asks for where no header says it. */
export async function requested(options: RequestOptions, host: string): Promise<RequestDescription> {
  const body = options.data === undefined ? null : await textOrFile(options.data, "-d");
  const method = options.method ?? (body === null ? "GET" : "POST");
  if (!/^[A-Za-z][A-Za-z-]*$/.test(method)) throw new WrongUse(`--method ${method} is no method of HTTP`);
  if (!/^\/[!-~]*$/.test(options.path))
    throw new WrongUse(`--path ${options.path} must begin with / and hold no spaces: /items?page=1`);
  const headers = options.header.map((text): [string, string] => {
    const [name, value] = headerIn(text, "-H");
    return [name, bytesAsCharacters(value)];
  });
  return { method, path: options.path, host, headers, body };
}
