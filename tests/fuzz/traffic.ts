import type { Pairs } from "../host/pairs.js";
import type { Json } from "../plugins/schemas.js";
import type { Random } from "./mutate.js";

const b64 = (text: string) => Buffer.from(text).toString("base64");
const b64url = (text: string) => Buffer.from(text).toString("base64url");

/** A key whose signatures the host judges, and which the tokens below name. */
export const KEY_SET = {
  keys: [
    { kty: "RSA", kid: "a", alg: "RS256", n: Buffer.alloc(256, 0xc7).toString("base64url"), e: "AQAB" },
    {
      kty: "EC",
      crv: "P-256",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    },
  ],
};

const claims = [
  '{"sub":"alice","exp":4000000000,"iss":"https://issuer.example","aud":["api","a"],"roles":["x"]}',
  '{"exp":1}',
  '{"sub":"\\ud83d\\ude00\\n","exp":4e9,"nbf":5e9,"email":"a@b"}',
];
const tokens = ['{"alg":"RS256","kid":"a"}', '{"alg":"ES256"}', '{"alg":"none"}'].flatMap((header) =>
  claims.map((payload) => `${b64url(header)}.${b64url(payload)}.${b64url("s".repeat(64))}`),
);

const NAMES = (
  "authorization cookie host content-type content-length cache-control etag if-none-match if-modified-since " +
  "if-range range age date expires last-modified vary set-cookie location x-forwarded-for x-request-id accept " +
  "accept-encoding content-encoding transfer-encoding origin x-tenant x-user-id x-api-key x-cache pragma via te " +
  "traceparent x-envoy-upstream-service-time grpc-status surrogate-control cdn-cache-control upgrade"
).split(" ");

const VALUES = [
  "",
  "*",
  "0",
  "1",
  "-1",
  "4294967296",
  "text/plain; charset=utf-8",
  "application/json",
  "max-age=60",
  "max-age=0, stale-while-revalidate=30",
  "no-store",
  "private",
  'no-cache="set-cookie"',
  "only-if-cached",
  "public, s-maxage=5, must-revalidate",
  '"tag"',
  'W/"tag", "b"',
  "Tue, 14 Nov 2023 22:13:20 GMT",
  "Thu, 01 Jan 1970 00:00:00 GMT",
  "accept, x-tenant",
  "10.1.2.3, 192.168.0.1",
  "2001:db8::1",
  "a=b; session=xyz; token=t",
  "gzip",
  "bytes=0-10",
  `Basic ${b64("alice:secret")}`,
  `Basic ${b64(":")}`,
  "Basic !!!!",
  "caf\xc3\xa9",
  "\xff\xfe",
  ...tokens.map((token) => `Bearer ${token}`),
  ...tokens.slice(0, 2),
];

/** Values that mean something in a field of theirs. */
const MEANT: Record<string, readonly string[]> = {
  authorization: VALUES.filter((value) => /^(?:Basic|Bearer) /.test(value)),
  "cache-control": VALUES.filter((value) => /^(?:max-age|no-|private|only-|public)/.test(value)),
  cookie: ["a=b; session=xyz; token=t", `token=${tokens[0]}`, ";;=", "a"],
  "content-type": ["application/json", "text/plain; charset=utf-8", "application/grpc"],
  "content-length": ["0", "4", "-1", "99999999999"],
  etag: ['"tag"', 'W/"tag"', "tag", ""],
  "if-none-match": ['"tag"', 'W/"tag", "b"', "*"],
  date: ["Tue, 14 Nov 2023 22:13:20 GMT", "Tuesday, 14-Nov-23 22:13:20 GMT", "0"],
  expires: ["Tue, 14 Nov 2023 23:13:20 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "-1"],
  vary: ["accept, x-tenant", "*", "accept-encoding"],
  age: ["0", "59", "4294967296", "x"],
  "content-encoding": ["gzip", "identity"],
  "x-forwarded-for": ["10.1.2.3, 192.168.0.1", "2001:db8::1", ",", "unknown"],
};
const MEANT_NAMES = Object.keys(MEANT);

const PATHS = [
  "/",
  "/a",
  "/api/v1/users?id=1&token=t&a=%20+b",
  "/admin",
  "/%2e%2e/admin//x;y=1",
  "*",
  "",
  "http://h/a",
  "/a?",
  "/?a=b#c",
];
const BODIES = [
  "",
  "body",
  '{"a":1,"user":{"name":"x","password":"y"},"items":[{"id":1},{"id":2}],"b":"text"}',
  '{"result":true}',
  '{"result":{"allow":false,"headers":{"x-a":"1"},"reason":"no","status_code":403,"body":"no"}}',
  '{"result":{"allowed":true,"http_status":401}}',
  "{",
  "[]",
  JSON.stringify(KEY_SET),
  '{"keys":[]}',
  '{"responses":[{"status":200},{"status":403,"headers":{"x":"y"}}]}',
  "\x08\x01",
  "\x08\x02\x12\x06\x08\x02\x12\x02\x08\x05",
  "\x12\x04\x08\x01\x20\x01",
  "x".repeat(3000),
];

/** What is written in a configuration: names, paths and secrets that requests should hit. */
function textsIn(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return [...Object.keys(value), ...Object.values(value)].flatMap((item) => textsIn(item));
}

const isName = (text: string) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/.test(text);

/** Requests, responses and answers made at random, with what a configuration names in them. */
export class Traffic {
  private readonly names: string[];
  private readonly values: string[];
  private readonly paths: string[];
  private readonly credentials: readonly string[];

  constructor(
    private readonly random: Random,
    configuration: Json,
  ) {
    const texts = textsIn(configuration).map((text) => Buffer.from(text).toString("latin1"));
    const own = texts.filter(isName).map((name) => name.toLowerCase());
    this.names = [...NAMES, ...own, ...own];
    const pairs = texts.filter((text) => text.includes(":")).map((text) => `Basic ${b64(text)}`);
    this.values = [...VALUES, ...texts, ...pairs];
    this.credentials = pairs.length > 0 ? pairs : VALUES;
    this.paths = [...PATHS, ...texts.filter((text) => text.startsWith("/"))];
  }

  requestHeaders(): Pairs {
    const { random } = this;
    const methods = [
      "GET",
      "GET",
      "GET",
      "HEAD",
      "POST",
      "PUT",
      "DELETE",
      "OPTIONS",
      "PATCH",
      "CONNECT",
      "x",
    ];
    const fields: Pairs = [
      [":method", random.pick(methods)],
      [":path", this.path()],
      [":authority", random.pick(["example.com", "a.example.com:80", "[::1]", "", this.value()])],
      [":scheme", "http"],
    ];
    return this.damaged([...fields, ...this.fields(8)]);
  }

  responseHeaders(): Pairs {
    const { random } = this;
    const statuses = [
      "200",
      "200",
      "200",
      "304",
      "204",
      "301",
      "404",
      "500",
      "503",
      "206",
      "0",
      "99999",
      "x",
      "",
    ];
    return this.damaged([[":status", random.pick(statuses)], ...this.fields(8)]);
  }

  /** Some fields in no order: trailers, metadata. */
  fields(most: number): Pairs {
    return Array.from({ length: this.random.below(most) }, () => this.field());
  }

  private field(): [string, string] {
    const { random } = this;
    if (random.oneIn(2)) return [random.pick(this.names), this.value()];
    const name = random.pick(MEANT_NAMES);
    if (name === "authorization" && random.oneIn(3)) return [name, random.pick(this.credentials)];
    const value = random.pick(MEANT[name]!);
    return [name, random.oneIn(12) ? value.slice(0, random.below(value.length + 1)) : value];
  }

  value(): string {
    const { random } = this;
    if (random.oneIn(12)) return this.bytes(random.below(40)).toString("latin1");
    const value = random.pick(this.values);
    return random.oneIn(10)
      ? value.slice(0, random.below(value.length + 1)) + random.pick(this.values)
      : value;
  }

  body(): Uint8Array {
    const { random } = this;
    if (random.oneIn(10)) return this.bytes(random.below(random.oneIn(4) ? 20000 : 80));
    const body = Buffer.from(random.pick(BODIES), "latin1");
    if (random.oneIn(4) && body.length > 0) body[random.below(body.length)] = this.byte();
    return random.oneIn(4) ? body.subarray(0, random.below(body.length + 1)) : body;
  }

  /** Any bytes but the one that freed memory is overwritten with. */
  bytes(size: number): Buffer {
    const bytes = Buffer.alloc(size);
    for (let i = 0; i < size; i++) bytes[i] = this.byte();
    return bytes;
  }

  private byte(): number {
    const byte = this.random.below(256);
    return byte === 0xdb ? 0 : byte;
  }

  private path(): string {
    const { random } = this;
    const path = random.pick(this.paths);
    if (random.oneIn(3)) return `${path}${random.oneIn(2) ? "/" : "?"}${random.below(200)}`;
    return random.oneIn(10) ? path + this.value() : path;
  }

  /** Now and then one is missing, or comes twice. */
  private damaged(fields: Pairs): Pairs {
    const { random } = this;
    if (random.oneIn(16)) fields.splice(random.below(fields.length), 1);
    if (random.oneIn(16) && fields.length > 0) fields.push([...random.pick(fields)]);
    return fields;
  }
}
