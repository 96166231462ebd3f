import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { type Answer, Upstream } from "../../cli/upstream.js";
import { type ProxyOptions, withProxy } from "./harness.js";

const FAR = 4_102_444_800;
const PATH = "/keys";

interface Signer {
  alg: string;
  jwk: JWK;
  key: CryptoKey;
}

async function signerOf(alg: string, kid: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

const sign = ({ alg, key, jwk }: Signer, claims: object = {}) =>
  new SignJWT({ exp: FAR, sub: "ann", ...claims }).setProtectedHeader({ alg, kid: jwk.kid! }).sign(key);

const bearer = (token: string) => ({ headers: [["authorization", `Bearer ${token}`]] as [string, string][] });

/** An issuer, and an Envoy on two workers that checks tokens with its keys. */
async function withIssuer(
  answer: Answer,
  configuration: object,
  use: (proxy: Parameters<Parameters<typeof withProxy>[1]>[0], issuer: Upstream) => Promise<void>,
  more: Partial<ProxyOptions> = {},
): Promise<void> {
  const issuer = await Upstream.start(answer);
  try {
    await withProxy(
      {
        filters: [
          {
            plugin: "jwt-validator",
            configuration: {
              jwks_uri: `http://issuer.example.com${PATH}`,
              jwks_cluster: "issuer",
              ...configuration,
            },
          },
        ],
        clusters: [{ name: "issuer", address: { port: issuer.port } }],
        concurrency: 2,
        ...more,
      },
      (proxy) => use(proxy, issuer),
    );
  } finally {
    await issuer.stop();
  }
}

test("jwt-validator has one VM of three fetch, and refuses no good token while keys are rotated", async (t) => {
  const signers = await Promise.all(["a", "b", "c", "d"].map((kid) => signerOf("ES256", kid)));
  const tokens = await Promise.all(signers.map((signer) => sign(signer)));
  let published = signers.slice(0, 1);
  let current = 0;
  await withIssuer(
    // Slow enough that requests come while it thinks.
    () => ({ body: JSON.stringify({ keys: published.map(({ jwk }) => jwk) }), delay: 50 }),
    { timeout_ms: 10_000 },
    async (proxy, issuer) => {
      await Promise.all(Array.from({ length: 20 }, () => proxy.request(bearer(tokens[0]!))));
      assert.equal(issuer.requests.length, 1);
      let sent = 0;
      let running = true;
      const clients = Array.from({ length: 8 }, async () => {
        while (running) {
          const { status, text } = await proxy.request(bearer(tokens[current]!));
          sent += 1;
          assert.equal(status, 200, text);
          await sleep(10);
        }
      });
      for (let next = 1; next < signers.length; next++) {
        await sleep(next === 3 ? 300 : 2300);
        published = signers.slice(next - 1, next + 1);
        current = next;
      }
      await sleep(2500);
      running = false;
      await Promise.all(clients);
      t.diagnostic(`${sent} requests, ${issuer.requests.length} fetches for 3 rotations`);
      assert.equal(issuer.requests.length, 4);
    },
  );
});

test("jwt-validator accepts what jose signs, and nothing that differs in one byte", async () => {
  const signers = await Promise.all(
    ["RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA"].map((alg) => signerOf(alg, alg)),
  );
  await withIssuer(
    () => ({ body: JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }) }),
    {},
    async (proxy) => {
      for (const signer of signers) {
        const token = await sign(signer);
        assert.equal((await proxy.request(bearer(token))).status, 200, signer.alg);
        const step = signer.alg === "ES256" ? 1 : 13;
        const wrong: string[] = [];
        for (let place = 0; place < token.length; place += step) {
          const other = token[place] === "A" ? "B" : "A";
          wrong.push(token.slice(0, place) + other + token.slice(place + 1));
        }
        const seen = proxy.upstream.requests.length;
        for (let i = 0; i < wrong.length; i += 16) {
          const answers = await Promise.all(
            wrong.slice(i, i + 16).map((one) => proxy.request({ ...bearer(one), timeout: 30_000 })),
          );
          for (const { status } of answers) assert.equal(status, 401, signer.alg);
        }
        assert.equal(proxy.upstream.requests.length, seen);
      }
    },
  );
});

/** Envoy's own filter, which tells the upstream what the filter state has. */
const tellsClaims = {
  name: "envoy.filters.http.header_mutation",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
    mutations: {
      request_mutations: [
        { append: { header: { key: "x-claims", value: "%FILTER_STATE(wasm.jwt_payload:PLAIN)%" } } },
      ],
    },
  },
};

test("jwt-validator leaves the claims in Envoy's filter state, and reads tokens of 50 KB", async () => {
  const signer = await signerOf("RS256", "a");
  await withProxy(
    {
      filters: [
        {
          plugin: "jwt-validator",
          configuration: {
            jwks: { keys: [signer.jwk] },
            max_token_size_bytes: 65536,
            allow_missing: true,
            forward: false,
          },
        },
        tellsClaims,
      ],
    },
    async (proxy) => {
      assert.equal((await proxy.request(bearer(await sign(signer)))).status, 200);
      const { headers } = proxy.upstream.last;
      assert.deepEqual(JSON.parse(headers.get("x-claims")!), { exp: FAR, sub: "ann" });
      assert.equal(headers.get("authorization"), undefined);
      // Nobody else can say so.
      await proxy.request({ headers: [["x-claims", '{"sub":"eve"}']] });
      assert.ok(!proxy.upstream.last.headers.all("x-claims").some((value) => value.includes("ann")));
      const long = await sign(signer, { pad: "x".repeat(37_000) });
      assert.ok(long.length > 49_000);
      assert.equal((await proxy.request(bearer(long))).status, 200);
      assert.equal((await proxy.request(bearer(`${long.slice(0, -9)}AAAAAAAAA`))).status, 401);
    },
  );
});

test("jwt-validator keeps its keys when the issuer answers megabytes, and comes back when that is over", async () => {
  const signer = await signerOf("EdDSA", "a");
  const good = JSON.stringify({ keys: [signer.jwk] });
  let body = good;
  await withIssuer(
    () => ({ body }),
    { jwks_refresh_seconds: 1 },
    async (proxy, issuer) => {
      const token = await sign(signer);
      assert.equal((await proxy.request(bearer(token))).status, 200);
      body = good.slice(0, -1) + `,"pad":"${"x".repeat(3 << 20)}"}`;
      const before = issuer.requests.length;
      while (issuer.requests.length < before + 2) await sleep(50);
      await sleep(200);
      assert.equal((await proxy.request(bearer(token))).status, 200);
      const said = proxy.wasmLog().map(({ text }) => text);
      assert.ok(said.some((text) => text.includes("it answered more than 256 KiB; the last good ones stay")));
      body = good;
      const then = issuer.requests.length;
      while (issuer.requests.length < then + 2) await sleep(50);
      assert.equal((await proxy.request(bearer(token))).status, 200);
    },
  );
});
