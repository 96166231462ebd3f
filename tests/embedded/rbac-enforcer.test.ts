import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { compilePlugin } from "../../cli/compile.js";
import { pluginModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { type Exchange, FilterState, type HttpOutcome, ProxyWasmHost } from "../../host/index.js";
import { type FetchRequest } from "../../host/exchange.js";
import { writeMessage } from "../../host/foreign/protobuf.js";
import { randomFrom } from "../plugins/generate.js";

const module = compilePlugin(join(root, "plugins", "rbac-enforcer"), pluginModules).then(({ file }) =>
  readFile(file),
);

interface Peer {
  address?: { socketAddress: { address: string; portValue?: number } };
  principal?: string;
}

interface Input {
  attributes: {
    source: Peer;
    destination: Peer;
    request: { http: { headers: Record<string, string>; path: string } };
    metadataContext?: { filterMetadata: Record<string, unknown> };
  };
  parsed_path: string[];
  parsed_query: Record<string, string[]>;
}

/** The plugin with a policy service that answers as it is told, and remembers what it was asked last. */
class Enforced {
  asked: Input | undefined;
  answer: HttpOutcome = { body: '{"result":true}' };
  private host!: ProxyWasmHost;

  static async start(more: Record<string, unknown> = {}): Promise<Enforced> {
    const enforced = new Enforced();
    enforced.host = await ProxyWasmHost.load(await module, {
      rootId: "rbac-enforcer",
      pluginConfig: JSON.stringify({ policy_endpoint: "http://opa/v1/data/authz", ...more }),
      httpCalls: (call) => {
        const { input } = JSON.parse(new TextDecoder().decode(call.body)) as { input: Input };
        enforced.asked = input;
        return enforced.answer;
      },
    });
    assert.ok(enforced.host.configured);
    return enforced;
  }

  async ask(request: FetchRequest): Promise<Exchange> {
    this.asked = undefined;
    const exchange = await this.host.fetch(request);
    assert.equal(exchange.trap, undefined);
    return exchange;
  }

  /** What the policy is told of a request. */
  async told(request: FetchRequest): Promise<Input> {
    assert.equal((await this.ask(request)).status, 200);
    return this.asked!;
  }
}

suite("rbac-enforcer tells the policy who is at either end", () => {
  const peer = (address: string, port?: bigint, more: Record<string, string> = {}) => ({
    "source.address": address,
    ...(port === undefined ? {} : { "source.port": port }),
    ...more,
  });
  const cases: [string, Record<string, string | bigint>, Peer][] = [
    ["an IPv4 address", peer("10.1.2.3:4711", 4711n), socket("10.1.2.3", 4711)],
    ["an IPv6 address", peer("[2001:db8::1]:4711", 4711n), socket("2001:db8::1", 4711)],
    ["a socket file", peer("/tmp/a:b", -1n), socket("/tmp/a:b")],
    ["no address", peer("", -1n), {}],
    ["an odd address", peer("[:", 1n), socket("[", 1)],
    [
      "the URI in a certificate",
      peer("10.1.2.3:1", 1n, {
        "connection.uri_san_peer_certificate": "spiffe://cluster.local/ns/a/sa/b",
        "connection.dns_san_peer_certificate": "b.example.com",
        "connection.subject_peer_certificate": "CN=b",
      }),
      { ...socket("10.1.2.3", 1), principal: "spiffe://cluster.local/ns/a/sa/b" },
    ],
    [
      "the name in a certificate without a URI",
      peer("10.1.2.3:1", 1n, {
        "connection.uri_san_peer_certificate": "",
        "connection.dns_san_peer_certificate": "b.example.com",
        "connection.subject_peer_certificate": "CN=b",
      }),
      { ...socket("10.1.2.3", 1), principal: "b.example.com" },
    ],
    [
      "the subject of a certificate without either",
      peer("10.1.2.3:1", 1n, { "connection.subject_peer_certificate": 'CN="b"' }),
      { ...socket("10.1.2.3", 1), principal: 'CN="b"' },
    ],
  ];
  for (const [what, properties, source] of cases) {
    test(`by ${what}`, async () => {
      const enforced = await Enforced.start();
      const { attributes } = await enforced.told({ properties });
      assert.deepEqual(attributes.source, source);
      assert.equal(attributes.destination.principal, undefined);
    });
  }

  test("the proxy itself by its own certificate", async () => {
    const enforced = await Enforced.start();
    const { attributes } = await enforced.told({
      properties: { "connection.uri_san_local_certificate": "spiffe://me" },
    });
    assert.equal(attributes.destination.principal, "spiffe://me");
    assert.equal(attributes.source.principal, undefined);
  });
});

function socket(address: string, portValue?: number): Peer {
  return { address: { socketAddress: { address, ...(portValue !== undefined && { portValue }) } } };
}

suite("rbac-enforcer takes claims for what they are", () => {
  const left = (text: string | Uint8Array) => {
    const filterState = new FilterState();
    filterState.set("wasm.jwt_payload", typeof text === "string" ? Buffer.from(text) : text);
    return { filterState };
  };
  const found = ({ attributes }: Input) => attributes.metadataContext?.filterMetadata;

  test("and leaves out what is no object of JSON", async () => {
    const enforced = await Enforced.start();
    for (const text of ["", "null", "[]", '"x"', "{", '{"a":1}}', '{"a":1,"a":2}', '{"a":"\xff', "},{", "\0"])
      assert.equal(found(await enforced.told(left(Buffer.from(text, "latin1")))), undefined, text);
    assert.deepEqual(found(await enforced.told(left(' {"sub" : "ann"} '))), {
      "envoy.filters.http.jwt_authn": { payload: { sub: "ann" } },
    });
  });

  test("never traps on metadata that are damaged, and asks in JSON whatever they are", async () => {
    const enforced = await Enforced.start();
    const value = writeMessage([
      [
        1,
        writeMessage([
          [1, "sub"],
          [2, writeMessage([[3, "ann"]])],
        ]),
      ],
    ]);
    const metadata = writeMessage([
      [
        1,
        writeMessage([
          [1, "envoy.filters.http.jwt_authn"],
          [2, value],
        ]),
      ],
    ]);
    assert.deepEqual(found(await enforced.told({ properties: { metadata } })), {
      "envoy.filters.http.jwt_authn": { sub: "ann" },
    });
    for (let at = 0; at < metadata.length; at++) {
      await enforced.told({ properties: { metadata: metadata.subarray(0, at) } });
      for (const flip of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const damaged = metadata.slice();
        damaged[at]! ^= flip;
        await enforced.told({ properties: { metadata: damaged } });
      }
    }
  });
});

suite("rbac-enforcer reads targets", () => {
  const decode = (text: string, isForm: boolean) => {
    const plain = isForm ? text.replaceAll("+", " ") : text;
    const bytes = plain.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
      String.fromCharCode(parseInt(digits, 16)),
    );
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.from(bytes, "latin1"));
  };

  test("as anybody would, whatever they are", async () => {
    const enforced = await Enforced.start();
    const random = randomFrom(11);
    const pieces = [
      "/",
      "//",
      "?",
      "&",
      "=",
      "%",
      "%2F",
      "%2e",
      "%C3%A9",
      "%ff",
      "%0",
      "+",
      ";",
      "a",
      "b",
      "..",
      ":",
    ];
    const some = (count: number, of: string[]) =>
      Array.from({ length: count }, () => of[Math.floor(random() * of.length)]!);
    const parameters = ["a", "b", "a=1", "b=2", "a=3", "%61=+", "=", "", "%C3%A9=%", "c=a=b"];
    for (let round = 0; round < 2000; round++) {
      const asked = round % 2 === 0 ? "" : `?${some(round % 9, parameters).join("&")}`;
      const target = `/${some(round % 12, pieces).join("")}${asked}`;
      const { parsed_path, parsed_query } = await enforced.told({ path: target });
      const [, path = "", query = ""] = /^([^?]*)\??(.*)$/.exec(target)!;
      const bare = decode(path, false).replace(/^\/+/, "");
      assert.deepEqual(parsed_path, bare.split("/"), target);
      const wanted: Record<string, string[]> = {};
      for (const parameter of query.split("&").filter((text) => text !== "")) {
        const equals = parameter.indexOf("=");
        const [name, value] =
          equals < 0 ? [parameter, ""] : [parameter.slice(0, equals), parameter.slice(equals + 1)];
        (wanted[decode(name, true)] ??= []).push(decode(value, true));
      }
      assert.deepEqual(parsed_query, wanted, target);
    }
  });

  test("with tens of thousands of parameters in no time", async () => {
    const enforced = await Enforced.start();
    const names = Array.from({ length: 30_000 }, (_, index) => (index * 7919).toString(36));
    const few = await time(() => enforced.told({ path: `/?${names.slice(0, 3000).join("&")}` }));
    const many = await time(() => enforced.told({ path: `/?${names.join("&")}` }));
    // Ten times as many would take a hundred times as long where each is compared with each.
    assert.ok(many < few * 45 + 100, `${few} ms, then ${many} ms`);
  });

  async function time(work: () => Promise<unknown>): Promise<number> {
    await work();
    const started = performance.now();
    await work();
    return performance.now() - started;
  }
});

test("rbac-enforcer lets nobody by on an answer that is damaged, unless it still says so", async (context) => {
  const enforced = await Enforced.start();
  const random = randomFrom(23);
  const answers = [
    '{"result":true}',
    '{"result":{"allowed":true,"headers":{"x-a":"1","x-b":["2","3"]},"reason":"r"}}',
    '{"result":{"allow":true,"allowed":true,"request_headers_to_remove":["x-c"]}}',
    '{"result":{"allowed":false,"http_status":401,"body":"true","headers":{"x-a":"1"}}}',
    '{"result":false,"decision_id":"true"}',
  ];
  const tokens = [
    "true",
    "false",
    "null",
    "1",
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\",
    "\0",
    "é",
    '"allowed"',
    "result",
  ];
  const allows = (text: string) => {
    const { result } = JSON.parse(text) as { result: boolean | { allowed?: unknown; allow?: unknown } };
    if (typeof result === "boolean") return result;
    const said = [result.allowed, result.allow].filter((value) => value !== undefined);
    return said.length > 0 && said.every((value) => value === true);
  };
  let passed = 0;
  for (let round = 0; round < 3000; round++) {
    const text = answers[round % answers.length]!;
    const at = Math.floor(random() * (text.length + 1));
    const put = tokens[Math.floor(random() * tokens.length)]!;
    const body = text.slice(0, at) + put + text.slice(at + Math.floor(random() * 6));
    enforced.answer = { body };
    const { status, upstream } = await enforced.ask({});
    assert.equal(upstream !== undefined, status === 200, body);
    if (upstream === undefined) continue;
    passed += 1;
    assert.ok(allows(body), body);
  }
  context.diagnostic(`${passed} of 3,000 still say so`);
  assert.ok(passed > 20 && passed < 1500);
});
