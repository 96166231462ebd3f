/** A request as somebody describes it. */
export interface RequestDescription {
  method: string;
  /** With its query. */
  path: string;
  host: string;
  /** In order, repeats too. */
  headers: readonly (readonly [string, string])[];
  body: Uint8Array | null;
}

/** The bytes of a request of HTTP/1.1 on a connection that is kept. */
export function requestBytes({ method, path, host, headers, body }: RequestDescription): Buffer {
  const named = (name: string) => headers.some(([given]) => given.toLowerCase() === name);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(named("host") ? [] : [`host: ${host}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === null || named("content-length") ? [] : [`content-length: ${body.length}`]),
    "",
    "",
  ];
  return Buffer.concat([Buffer.from(lines.join("\r\n"), "latin1"), body ?? new Uint8Array()]);
}
