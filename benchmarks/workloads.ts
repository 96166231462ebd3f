import type { WorkloadName } from "./names.js";

type Fields = readonly (readonly [string, string])[];

/** A request, and what answers it behind the proxy. */
export interface Exchange {
  name: string;
  method?: string;
  path?: string;
  /** Beside `host`. */
  headers?: Fields;
  body?: string;
  response?: { headers?: Fields; body?: string };
  /** What the filter must make of it, so that all are not alike in being wrong. */
  expect: {
    status?: number;
    /** Of the request at the upstream; null for a field that must not be there. */
    upstream?: Record<string, string | null>;
    client?: Record<string, string | null>;
    path?: string;
    body?: string;
  };
}

export interface Workload {
  name: WorkloadName;
  /** What it does, in a line. */
  title: string;
  /** The exchange that is timed; it comes first among those that are compared. */
  timed: Exchange;
  /** Others, odd ones among them, that all variants must treat alike. */
  others: readonly Exchange[];
  configuration?: string;
  /** What the cluster `service` answers, where the workload asks it. */
  service?: { status: number };
  /** Envoy's `allow_on_headers_stop_iteration`: headers wait while the body comes. */
  holdsHeaders?: boolean;
}

/** Sent by this project's clients; small on purpose. */
const user = (name: string, password: string) => ({ name, password });

/** The same ones are in `peers/lua/basic-auth.lua` and, as hashes, in `peers/native.ts`. */
export const users = [
  user("alice", "wonderland"),
  user("bob", "builder-2024"),
  user("carol", "open:sesame"),
  user("dave", "p4ssw0rd"),
  user("erin", "correct horse battery staple"),
];

export const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;

/** Text of a size, with a link to be replaced in each line of 80 bytes. */
export function page(size: number, host = "internal.example"): string {
  const line = `<a href="https://${host}/orders/4711">order 4711, which somebody placed</a>`;
  const wanted = `<a href="https://internal.example/orders/4711">order 4711, which somebody placed</a>`
    .length;
  const count = Math.floor(size / (wanted + 1));
  return `${line}\n`.repeat(count) + ".".repeat(size - count * (wanted + 1));
}

const replaced = (size: number): string => page(size, "public.example.com");

const document = (name: string): string =>
  JSON.stringify({
    id: 4711,
    created: "2026-01-01T00:00:00Z",
    tags: ["new", "paid", "gift"],
    total: { amount: 129.95, currency: "EUR" },
    items: [
      { sku: "A-1", count: 2, price: 19.95 },
      { sku: "B-7", count: 1, price: 90.05 },
    ],
    user: { id: 17, name, email: "carol@shop.example" },
  });

const json = (name: string, body: string, expected: string): Exchange => ({
  name,
  method: "POST",
  headers: [["content-type", "application/json"]],
  body,
  expect: { upstream: { "x-user-name": expected } },
});

const transformed: Exchange = {
  name: "internal fields, a tenant and a path to rewrite",
  path: "/v1/orders/4711?expand=items",
  headers: [
    ["user-agent", "bench/1.0"],
    ["accept", "application/json"],
    ["x-internal-user", "17"],
    ["x-tenant", "acme"],
    ["x-internal-trace", "on"],
  ],
  expect: {
    path: "/api/orders/4711?expand=items",
    upstream: { "x-internal-user": null, "x-internal-trace": null, "x-forwarded-tenant": "t-acme" },
    client: { "x-path": "/v1/orders/4711?expand=items" },
  },
};

const denied = (name: string, ...headers: (readonly [string, string])[]): Exchange => ({
  name,
  headers,
  expect: { status: 401, client: { "www-authenticate": 'Basic realm="bench"' }, body: "unauthorized" },
});

export const workloads: readonly Workload[] = [
  {
    name: "noop",
    title: "callbacks for the headers of request and response that do nothing",
    timed: { name: "a request", expect: { status: 200 } },
    others: [{ name: "a request with a body", method: "POST", body: "hello", expect: { status: 200 } }],
  },
  {
    name: "headers",
    title: "reads a field, sets one; sets one on the response, removes one",
    timed: {
      name: "a field to read",
      headers: [["x-bench", "17"]],
      response: { headers: [["x-powered-by", "bench"]] },
      expect: { upstream: { "x-seen": "17" }, client: { hello: "world", "x-powered-by": null } },
    },
    others: [
      { name: "no field to read", expect: { upstream: { "x-seen": "none" }, client: { hello: "world" } } },
      {
        name: "fields that are there already",
        headers: [
          ["x-bench", "a, b"],
          ["x-seen", "forged"],
        ],
        response: { headers: [["hello", "you"]] },
        expect: { upstream: { "x-seen": "a, b" }, client: { hello: "world" } },
      },
    ],
  },
  {
    name: "transform",
    title: "goes through all fields, removes some, copies one, rewrites the path",
    timed: transformed,
    others: [
      {
        name: "nothing to do",
        path: "/v2/v1/",
        headers: [["x-internal", "stays"]],
        expect: {
          path: "/v2/v1/",
          upstream: { "x-internal": "stays", "x-forwarded-tenant": null },
          client: { "x-path": "/v2/v1/" },
        },
      },
      {
        name: "a forged field, and the path's prefix alone",
        path: "/v1/",
        headers: [
          ["x-forwarded-tenant", "forged"],
          ["X-Tenant", "a b"],
          ["X-Internal-", "1"],
        ],
        expect: { path: "/api/", upstream: { "x-forwarded-tenant": "t-a b", "x-internal-": null } },
      },
    ],
  },
  {
    name: "basic-auth",
    title: "compares the user and the password of a request with five that are configured",
    configuration: JSON.stringify({ users }),
    timed: {
      name: "right credentials",
      headers: [["authorization", basic("carol:open:sesame")]],
      expect: { status: 200, upstream: { "x-user": "carol" } },
    },
    others: [
      {
        name: "the last user",
        headers: [["authorization", basic("erin:correct horse battery staple")]],
        expect: { status: 200, upstream: { "x-user": "erin" } },
      },
      denied("no credentials"),
      denied("a wrong password", ["authorization", basic("carol:open")]),
      denied("another user's password", ["authorization", basic("alice:builder-2024")]),
      denied("no colon", ["authorization", basic("carol")]),
      denied("another scheme", ["authorization", "Bearer abc"]),
      denied("what is not base64", ["authorization", "Basic c!Fyb2w="]),
      denied("base64 without its padding", ["authorization", basic("carol:open:sesame").replace(/=+$/, "")]),
      denied("no text", ["authorization", "Basic "]),
    ],
  },
  {
    name: "body",
    title: "holds the response's body to its end and puts a longer text in each match's place",
    timed: {
      name: "16 KB",
      response: { headers: [["content-type", "text/html"]], body: page(16 * 1024) },
      expect: { body: replaced(16 * 1024) },
    },
    others: [
      { name: "1 KB", response: { body: page(1024) }, expect: { body: replaced(1024) } },
      { name: "64 KB", response: { body: page(64 * 1024) }, expect: { body: replaced(64 * 1024) } },
      { name: "1 MB", response: { body: page(1024 * 1024) }, expect: { body: replaced(1024 * 1024) } },
      {
        name: "nothing to replace",
        response: { body: "internal.exampl internal-example" },
        expect: { body: "internal.exampl internal-example" },
      },
      {
        name: "matches side by side, at the beginning and the end",
        response: { body: "internal.exampleinternal.example, ininternal.example" },
        expect: { body: "public.example.compublic.example.com, inpublic.example.com" },
      },
      { name: "no body", response: { body: "" }, expect: { body: "" } },
    ],
  },
  {
    name: "callout",
    title: "holds the request, asks a service, and says its status on the request",
    service: { status: 204 },
    timed: { name: "a request", expect: { upstream: { "x-call": "204" } } },
    others: [
      {
        name: "a forged status, and a body",
        method: "POST",
        headers: [["x-call", "200"]],
        body: "hello",
        expect: { upstream: { "x-call": "204" } },
      },
    ],
  },
  {
    name: "counter",
    title: "counts requests in shared data by compare-and-swap",
    timed: { name: "the first request", expect: { upstream: { "x-count": "1" } } },
    others: [
      { name: "the second", expect: { upstream: { "x-count": "2" } } },
      { name: "the third", headers: [["x-count", "9"]], expect: { upstream: { "x-count": "3" } } },
    ],
  },
  {
    name: "json",
    title: "reads a name in the JSON of the request's body",
    holdsHeaders: true,
    timed: json("a document", document("Carol Jones"), "Carol Jones"),
    others: [
      json("escapes", document('\u00e9 "Q" \\ \u2028').replace("é", "\\u00e9"), 'é "Q" \\ \u2028'),
      json("JSON that breaks off", document("Carol").slice(0, -2), "invalid"),
      json("something behind it", `${document("Carol")} x`, "invalid"),
      json("a name that is no text", '{"user":{"name":17}}', "invalid"),
      json("no name", '{"user":{"id":17}}', "invalid"),
      json("a user that is no object", '{"user":[]}', "invalid"),
      json("a list", "[1,2]", "invalid"),
      json("a bad literal", '{"user":{"name":"Carol","x":tru}}', "invalid"),
      json("an empty name", '{"user":{"name":""}}', ""),
      { name: "no body", expect: { upstream: { "x-user-name": "invalid" } } },
    ],
  },
];

export const workload = (name: WorkloadName): Workload => workloads.find((one) => one.name === name)!;
