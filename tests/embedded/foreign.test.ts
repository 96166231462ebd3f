import assert from "node:assert/strict";
import * as crypto from "node:crypto";
import { suite, test } from "node:test";
import { deflateSync, inflateSync } from "node:zlib";
import { readMessage, writeMessage } from "../../host/foreign/protobuf.js";
import { type Call, puppet } from "./puppet.js";

type Answer = { status: number; result: Uint8Array | undefined };

/** Calls a foreign function from a stream's callback. */
async function foreign(name: string, args: Uint8Array | string): Promise<Answer> {
  let answer: Answer | undefined;
  const { host } = await puppet({ request_headers: (call) => void (answer = callForeign(call, name, args)) });
  host.stream().requestHeaders([[":path", "/"]], true);
  return answer!;
}

function callForeign(call: Call, name: string, args: Uint8Array | string): Answer {
  const [address, size, untouched] = call.outs;
  call.make("proxy_get_current_time_nanoseconds", address);
  call.make("proxy_get_current_time_nanoseconds", size);
  const status = call.make("proxy_call_foreign_function", name, args, address, size);
  assert.notEqual(address, untouched);
  if (status === 1 && name === "nothing") return { status, result: undefined };
  return { status, result: call.memoryAt(call.u32(address), call.u32(size)) };
}

const signatureArgs = (hash: string, der: Uint8Array, pem: string, signature: Uint8Array, text: string) =>
  writeMessage([
    [1, hash],
    [2, der],
    [3, signature],
    [4, text],
    [5, pem],
  ]);

async function verifies(...args: Parameters<typeof signatureArgs>): Promise<boolean | string> {
  const { status, result } = await foreign("verify_signature", signatureArgs(...args));
  assert.equal(status, 0);
  const fields = readMessage(result!)!;
  const error = fields.get(2);
  return fields.get(1) === 1n || (error instanceof Uint8Array ? Buffer.from(error).toString() : false);
}

const failed = "Failed to verify digest. Error code: 0";

suite("verify_signature", () => {
  for (const bits of [1024, 2048, 4096]) {
    test(`knows RSA of ${bits} bits with each hash, in DER and PEM`, async () => {
      const { publicKey, privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: bits });
      const der = publicKey.export({ type: "spki", format: "der" });
      const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
      for (const hash of ["sha1", "sha224", "sha256", "SHA384", "sha512"]) {
        const signature = crypto.sign(hash.toLowerCase(), Buffer.from("text"), privateKey);
        assert.equal(await verifies(hash, der, "", signature, "text"), true);
        assert.equal(await verifies(hash, new Uint8Array(0), pem, signature, "text"), true);
        assert.equal(await verifies(hash, der, "", signature, "other"), failed);
        assert.equal(await verifies(hash, der, "", signature.subarray(1), "text"), failed);
      }
      const pss = crypto.sign("sha256", Buffer.from("text"), {
        key: privateKey,
        padding: crypto.constants.RSA_PKCS1_PSS_PADDING,
      });
      assert.equal(await verifies("sha256", der, "", pss, "text"), failed);
    });
  }

  for (const namedCurve of ["P-256", "P-384", "P-521"]) {
    test(`knows ECDSA with ${namedCurve}, in DER alone`, async () => {
      const { publicKey, privateKey } = crypto.generateKeyPairSync("ec", { namedCurve });
      const der = publicKey.export({ type: "spki", format: "der" });
      for (const hash of ["sha256", "sha384", "sha512"]) {
        // With so many some have a high S, and some numbers that begin with zeros.
        for (let round = 0; round < 8; round++) {
          const signature = crypto.sign(hash, Buffer.from(`text ${round}`), privateKey);
          assert.equal(await verifies(hash, der, "", signature, `text ${round}`), true);
          assert.equal(await verifies(hash, der, "", signature, "other"), failed);
        }
        const raw = crypto.sign(hash, Buffer.from("text"), { key: privateKey, dsaEncoding: "ieee-p1363" });
        assert.equal(await verifies(hash, der, "", raw, "text"), failed);
      }
    });
  }

  test("says which hash it does not know", async () => {
    const { publicKey } = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
    const der = publicKey.export({ type: "spki", format: "der" });
    assert.equal(await verifies("SHA-256", der, "", new Uint8Array(8), "x"), "SHA-256 is not supported.");
  });

  test("refuses both keys or none, and what is no message; what is no key verifies nothing", async () => {
    const { publicKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 1024 });
    const der = publicKey.export({ type: "spki", format: "der" });
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const nothing = new Uint8Array(0);
    for (const args of [
      signatureArgs("sha256", der, pem, nothing, "x"),
      signatureArgs("sha256", nothing, "", nothing, "x"),
      Uint8Array.of(0xff, 0xff),
    ]) {
      const { status, result } = await foreign("verify_signature", args);
      assert.deepEqual([status, result?.length], [2, 0]);
    }
    const ed = crypto.generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" });
    const koblitz = crypto
      .generateKeyPairSync("ec", { namedCurve: "secp256k1" })
      .publicKey.export({ type: "spki", format: "der" });
    const broken = "-----BEGIN PUBLIC KEY-----\n!!\n-----END PUBLIC KEY-----";
    const noKey = "Failed to initialize digest verify.";
    assert.equal(await verifies("sha256", nothing, broken, nothing, "x"), noKey);
    for (const key of [ed, koblitz, ...Array.from({ length: 30 }, (_, i) => der.subarray(0, 5 * i + 1))])
      assert.equal(await verifies("sha256", key, "", nothing, "x"), noKey);
  });
});

suite("sign", () => {
  const signed = async (der: Uint8Array, pem: string, hash = "sha256") => {
    const args = writeMessage([
      [1, hash],
      [2, der],
      [3, "text"],
      [4, pem],
    ]);
    const { status, result } = await foreign("sign", args);
    return status === 0 ? readMessage(result!) : undefined;
  };
  const nothing = new Uint8Array(0);

  test("makes signatures that others verify, with keys of each form", async () => {
    for (const [pair, own] of [
      [crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }), "pkcs1"],
      [crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }), "sec1"],
      [crypto.generateKeyPairSync("ec", { namedCurve: "P-521" }), "sec1"],
    ] as const) {
      const { privateKey, publicKey } = pair;
      const der = privateKey.export({ type: "pkcs8", format: "der" });
      const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      const ownPem = privateKey.export({ type: own, format: "pem" }).toString();
      for (const [bytes, text] of [
        [der, ""],
        [nothing, pem],
        [nothing, ownPem],
      ] as const) {
        const fields = await signed(bytes, text);
        assert.equal(fields?.get(1), 1n);
        const signature = fields.get(2) as Uint8Array;
        assert.equal(crypto.verify("sha256", Buffer.from("text"), publicKey, signature), true);
      }
      const unknown = await signed(der, "", "md4");
      assert.equal(Buffer.from(unknown?.get(3) as Uint8Array).toString(), "md4 is not supported.");
    }
    assert.equal(await signed(nothing, ""), undefined);
    assert.equal((await signed(Uint8Array.of(1, 2, 3), ""))?.get(1), undefined);
  });
});

suite("foreign functions", () => {
  test("compress as zlib does, and uncompress what it did", async () => {
    for (const text of [
      "",
      "hello hello hello",
      "x".repeat(100_000),
      crypto.randomBytes(5000).toString("hex"),
    ]) {
      const packed = await foreign("compress", text);
      assert.equal(packed.status, 0);
      assert.equal(inflateSync(packed.result!).toString(), text);
      const unpacked = await foreign("uncompress", deflateSync(text, { level: 9 }));
      assert.equal(Buffer.from(unpacked.result!).toString(), text);
    }
    const whole = deflateSync("hello hello hello");
    const wrong = Buffer.from(whole);
    wrong[wrong.length - 1]! ^= 1;
    for (const bad of [Buffer.from("junk"), whole.subarray(0, -5), wrong, Buffer.alloc(0)]) {
      assert.equal((await foreign("uncompress", bad)).status, 3);
    }
  });

  test("set Envoy's own filter state, where Envoy makes an object of the key and takes the value", async () => {
    const set = (path: string, value: string) =>
      writeMessage([
        [1, path],
        [2, value],
      ]);
    let read: unknown;
    const { host } = await puppet({
      configure: (call) => {
        const { status } = callForeign(call, "set_envoy_filter_state", set("envoy.tcp_proxy.cluster", "a"));
        assert.equal(status, 1);
        return 1;
      },
      request_headers: (call) => {
        callForeign(call, "set_envoy_filter_state", set("envoy.tcp_proxy.cluster", "blue"));
        read = call.property("filter_state", "envoy.tcp_proxy.cluster");
      },
    });
    host.stream().requestHeaders([[":path", "/"]], true);
    assert.equal(read, "blue");
    assert.equal((await foreign("set_envoy_filter_state", set("my.own.key", "x"))).status, 1);
    assert.equal(
      (await foreign("set_envoy_filter_state", set("envoy.upstream.dynamic_port", "x"))).status,
      2,
    );
    assert.equal((await foreign("set_envoy_filter_state", "\u00ff")).status, 2);
  });

  test("clear the route cache, and are unknown by other names", async () => {
    assert.equal((await foreign("clear_route_cache", "")).status, 0);
    assert.equal((await foreign("nothing", "")).status, 1);
  });
});
