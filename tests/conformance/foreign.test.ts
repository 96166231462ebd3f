import assert from "node:assert/strict";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request as send } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { deflateSync, inflateSync } from "node:zlib";
import type { Response } from "../../cli/request.js";
import type { Proxy } from "../envoy/harness.js";
import { exercises, filter, startTraced } from "./harness.js";

const test = exercises("foreign.test.ts");

let folder: string;
let proxy: Proxy;

/** Where requests go, and where they go that have a certain property. */
const rest = { match: { prefix: "/" }, route: { cluster: "upstream" } };
const special = {
  ...rest,
  match: { prefix: "/", filter_state: [{ key: "wasm.choose", string_match: { exact: "special" } }] },
  request_headers_to_add: [{ header: { key: "x-route", value: "special" } }],
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "conformance-"));
  const type = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog";
  const inline_string = "%REQ(:PATH)% <%FILTER_STATE(envoy.ratelimit.hits_addend:PLAIN)%>\n";
  proxy = await startTraced({
    filters: [await filter("foreign")],
    listener: {
      more: {
        route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [special, rest] }] },
        access_log: [
          {
            name: "envoy.access_loggers.file",
            typed_config: {
              "@type": type,
              path: join(folder, "access.log"),
              log_format: { text_format_source: { inline_string } },
            },
          },
        ],
      },
    },
  });
});

after(async () => {
  await proxy?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function ask(what: string, headers: Record<string, string>, body?: string | Buffer): Promise<Response> {
  const response = await proxy.request({
    headers: { "x-do": what, ...headers },
    ...(body !== undefined && { body }),
  });
  proxy.assertUnharmed();
  return response;
}

const text = "what was signed";
const verdict = { valid: "0", invalid: "1", badRequest: "2" };

interface Pair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

const pairs: [string, Pair][] = [
  ["RSA", generateKeyPairSync("rsa", { modulusLength: 2048 })],
  ["P-256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ["P-384", generateKeyPairSync("ec", { namedCurve: "P-384" })],
];

function forms(key: KeyObject): [string, Buffer | string][] {
  const type = key.type === "public" ? "spki" : "pkcs8";
  return [
    ["der", key.export({ type, format: "der" } as never)],
    ["pem", key.export({ type, format: "pem" } as never)],
  ];
}

test("checks signatures", async () => {
  for (const [name, { publicKey, privateKey }] of pairs) {
    for (const hash of ["sha256", "sha384", "sha512"]) {
      const signature = sign(hash, Buffer.from(text), privateKey).toString("hex");
      for (const [form, key] of forms(publicKey)) {
        const about = { "x-hash": hash, "x-key": form, "x-signature": signature };
        assert.equal((await ask("verify", { ...about, "x-text": text }, key)).text, verdict.valid, name);
        assert.equal((await ask("verify", { ...about, "x-text": "other" }, key)).text, verdict.invalid, name);
      }
    }
  }
  const about = { "x-hash": "sha256", "x-key": "der", "x-signature": "00", "x-text": text };
  assert.equal((await ask("verify", about, "not a key")).text, verdict.invalid);
  assert.equal((await ask("verify", { ...about, "x-key": "none" }, "-")).text, verdict.badRequest);
});

test("signs", async () => {
  for (const [name, { publicKey, privateKey }] of pairs) {
    for (const [form, key] of forms(privateKey)) {
      const response = await ask("sign", { "x-hash": "sha256", "x-key": form, "x-text": text }, key);
      assert.equal(response.status, 200, name);
      assert.ok(verify("sha256", Buffer.from(text), publicKey, response.body), `${name} ${form}`);
    }
  }
  const refused = await ask("sign", { "x-hash": "sha256", "x-key": "der", "x-text": text }, "no key");
  assert.equal(refused.status, 400);
  // The keys themselves are whole: what node makes of them is the same key.
  const [, pem] = forms(pairs[0]![1].privateKey)[1]!;
  assert.ok(createPublicKey(createPrivateKey(pem)).equals(pairs[0]![1].publicKey));
});

test("compresses and uncompresses", async () => {
  const plain = Buffer.from("text that repeats ".repeat(500));
  const small = await ask("compress", {}, plain);
  assert.ok(small.body.length < 300);
  assert.ok(inflateSync(small.body).equals(plain));
  assert.ok((await ask("uncompress", {}, deflateSync(plain))).body.equals(plain));
  assert.equal((await ask("uncompress", {}, "not compressed")).status, 400);
});

test("sets a filter state that Envoy reads, and says where it cannot", async () => {
  const set = async (path: string, key: string, value: string) => {
    const from = proxy.envoy.log.mark;
    await proxy.request({ path, headers: { "x-do": "filter-state", "x-key": key, "x-value": value } });
    return (await proxy.envoy.log.waitFor(/filter state (true|false)$/, 5000, from)).endsWith("true");
  };
  assert.equal(await set("/set", "envoy.ratelimit.hits_addend", "17"), true);
  assert.equal(await set("/unknown", "no.such.key", "17"), false);
  assert.equal(await set("/wrong", "envoy.ratelimit.hits_addend", "not a number"), false);
  const lines = async () => (await readFile(join(folder, "access.log"), "utf8").catch(() => "")).split("\n");
  for (const deadline = Date.now() + 5000; !(await lines()).includes("/wrong <->"); await sleep(50)) {
    // Which writes what it has.
    await proxy.envoy.admin.text("/reopen_logs", "POST");
    assert.ok(Date.now() < deadline, `no access log: ${(await lines()).join("\n")}`);
  }
  assert.ok((await lines()).includes("/set <17>"), (await lines()).join("\n"));
});

test("declares a property that outlives its request, and that can be set only once", async () => {
  await proxy.envoy.log.waitFor(/: declared true false$/);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const keep = (value: string) =>
    new Promise<string>((resolve, reject) => {
      const headers = { "x-do": "keep", "x-value": value };
      send({ port: proxy.port, agent, headers }, (response) => {
        let body = "";
        response.on("data", (part: Buffer) => (body += part.toString()));
        response.on("end", () => resolve(body));
      })
        .on("error", reject)
        .end();
    });
  try {
    assert.equal(await keep("first"), "(null) true");
    assert.equal(await keep("second"), "first false");
  } finally {
    agent.destroy();
  }
  // Another connection has a state of its own.
  assert.equal((await ask("keep", { "x-value": "third" })).text, "(null) true");
});

test("evaluates expressions where Envoy was built with them", async () => {
  const { text: told } = await proxy.request({ path: "/api/x", headers: { "x-do": "express" } });
  assert.ok(told === "not there" || told === "true 0200000000000000 true gone", told);
  proxy.assertUnharmed();
});

test("takes a function that Envoy does not have for a normal answer", async () => {
  assert.equal((await ask("unknown", {})).text, "false false");
});

test("has the route chosen anew", async () => {
  const route = async (clear: string) => {
    await ask("route", { "x-clear": clear });
    return proxy.upstream.last.headers.get("x-route");
  };
  assert.equal(await route("no"), undefined);
  assert.equal(await route("yes"), "special");
});

test("resolves names", async () => {
  const { text: addresses } = await ask("resolve", { "x-name": "localhost" });
  assert.match(addresses, /^[12] (127\.0\.0\.1:0|\[::1\]:0)/);
  const { text: none } = await ask("resolve", { "x-name": "no-such-host.invalid" });
  assert.equal(none, "0 ");
});
