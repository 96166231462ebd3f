import assert from "node:assert/strict";
import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  generatePrimeSync,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
  randomInt,
  sign,
  verify,
} from "node:crypto";
import { before, suite, test } from "node:test";
import { TestModule } from "./module.js";

// Verdicts of the SDK's cryptography beside those of Node's (OpenSSL), on the same inputs.

let sdk: TestModule;
before(async () => {
  sdk = await TestModule.load("primitives");
});

const numberOf = (text: string | undefined) => Buffer.from(text!, "base64url");

/** The bytes with one bit the other way round. */
function damaged(bytes: Uint8Array, place: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[place]! ^= 1 << randomInt(8);
  return copy;
}

/** What is no signature for any key: too short, too long, nothing, all zeros, all ones, 1, itself twice. */
function rubbish(signature: Buffer): Buffer[] {
  return [
    Buffer.alloc(0),
    Buffer.alloc(1),
    signature.subarray(1),
    signature.subarray(0, -1),
    Buffer.concat([signature, Buffer.alloc(1)]),
    Buffer.concat([Buffer.alloc(1), signature]),
    Buffer.concat([signature, signature]),
    Buffer.alloc(signature.length),
    Buffer.alloc(signature.length, 0xff),
    Buffer.concat([Buffer.alloc(signature.length - 1), Buffer.of(1)]),
    Buffer.from(signature).reverse(),
  ];
}

suite("hashes", () => {
  test("are Node's at every length up to several blocks", () => {
    for (const bits of [256, 384, 512]) {
      for (let length = 0; length < 400; length++) {
        const text = randomBytes(length);
        const expected = createHash(`sha${bits}`).update(text).digest();
        assert.deepEqual(sdk.bytes(bits / 8, "digest", bits, text), expected, `${bits}, ${length} bytes`);
      }
    }
  });

  test("are Node's with a key of every length", () => {
    for (const bits of [256, 384, 512]) {
      for (let length = 0; length < 300; length++) {
        const [key, text] = [randomBytes(length), randomBytes(randomInt(300))];
        const expected = createHmac(`sha${bits}`, key).update(text).digest();
        assert.deepEqual(sdk.bytes(bits / 8, "mac", bits, key, text), expected, `${bits}, ${length} bytes`);
      }
    }
  });
});

/** A pair of keys with just as many bits: OpenSSL rounds an odd number of them down. */
function rsaPair(bits: number, exponent = 65537): { publicKey: KeyObject; privateKey: KeyObject } {
  const e = BigInt(exponent);
  for (;;) {
    const p = generatePrimeSync(Math.ceil(bits / 2), { bigint: true });
    const q = generatePrimeSync(Math.floor(bits / 2), { bigint: true });
    const [n, phi] = [p * q, (p - 1n) * (q - 1n)];
    const d = inverse(e, phi);
    if (p === q || n >> BigInt(bits - 1) !== 1n || d === null) continue;
    const numbers = { n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p)! };
    const key = Object.fromEntries(
      Object.entries(numbers).map(([name, number]) => [name, base64url(number)]),
    );
    const privateKey = createPrivateKey({ key: { kty: "RSA", ...key }, format: "jwk" });
    return { privateKey, publicKey: createPublicKey(privateKey) };
  }
}

function base64url(number: bigint): string {
  const digits = number.toString(16);
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex").toString("base64url");
}

/** What a number is multiplied with to give 1; null where nothing does. */
function inverse(number: bigint, modulus: bigint): bigint | null {
  let [a, b, x, y] = [number % modulus, modulus, 1n, 0n];
  while (b !== 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return a === 1n ? ((x % modulus) + modulus) % modulus : null;
}

suite("RSA", () => {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING };

  /** Takes a key, and gives back its numbers. */
  function useKey(key: KeyObject): { n: Buffer; e: Buffer } {
    const jwk = key.export({ format: "jwk" });
    const [n, e] = [numberOf(jwk.n), numberOf(jwk.e)];
    assert.equal(sdk.says("rsaKey", n, e), true);
    return { n, e };
  }

  for (const [bits, exponent] of [
    [2048, 65537],
    [2049, 3],
    [2055, 17],
    [2056, 0x10001],
    [2072, 0xffffffff - 2],
    [3072, 65537],
  ] as const) {
    test(`takes what Node signs with ${bits} bits and the exponent ${exponent}, and nothing else`, () => {
      const pair = rsaPair(bits, exponent);
      useKey(pair.publicKey);
      for (const hash of [256, 384, 512]) {
        for (const padding of [0, 1]) {
          const text = randomBytes(randomInt(2000));
          const options = padding === 0 ? {} : { ...pss, saltLength: hash / 8 };
          const signature = sign(`sha${hash}`, text, { key: pair.privateKey, ...options });
          const says = (bytes: Buffer, signed: Buffer = text) =>
            sdk.says("rsaVerify", padding, hash, bytes, signed);
          assert.equal(says(signature), true);
          for (const other of rubbish(signature)) assert.equal(says(other), false);
          for (let i = 0; i < 8; i++)
            assert.equal(says(damaged(signature, randomInt(signature.length))), false);
          assert.equal(says(signature, Buffer.concat([text, Buffer.of(0)])), false);
          assert.ok(!sdk.says("rsaVerify", 1 - padding, hash, signature, text), "of the other padding");
          const otherHash = hash === 256 ? 384 : 256;
          assert.ok(!sdk.says("rsaVerify", padding, otherHash, signature, text), "of another hash");
        }
      }
    });
  }

  test("takes no salt of another length than the hash's", () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    useKey(pair.publicKey);
    for (const saltLength of [0, 1, 20, 31, 32, 33, 48, 64, 222]) {
      const signature = sign("sha256", Buffer.from("text"), { key: pair.privateKey, ...pss, saltLength });
      assert.equal(sdk.says("rsaVerify", 1, 256, signature, Buffer.from("text")), saltLength === 32);
    }
  });

  test("takes no signature, text or modulus with a byte that is damaged", () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { n, e } = useKey(pair.publicKey);
    const text = randomBytes(100);
    for (const padding of [0, 1]) {
      useKey(pair.publicKey);
      const options = padding === 0 ? {} : { ...pss, saltLength: 32 };
      const signature = sign("sha256", text, { key: pair.privateKey, ...options });
      const says = (bytes: Buffer, signed: Buffer) => sdk.says("rsaVerify", padding, 256, bytes, signed);
      for (let i = 0; i < signature.length; i++) assert.ok(!says(damaged(signature, i), text), `byte ${i}`);
      for (let i = 0; i < text.length; i++) assert.ok(!says(signature, damaged(text, i)), `byte ${i}`);
      for (let i = 0; i < n.length; i++) {
        sdk.says("rsaKey", damaged(n, i), e);
        assert.ok(!says(signature, text), `byte ${i} of the modulus`);
      }
    }
  });

  test("takes no block that differs in a byte from what it must be, though it was made with the private key", () => {
    for (const bits of [2048, 2049]) {
      const pair = rsaPair(bits);
      const { n } = useKey(pair.publicKey);
      const top = bits === 2048 ? 0x80 : 1;
      const raw = (key: KeyObject) => ({ key, padding: constants.RSA_NO_PADDING });
      const text = randomBytes(20);
      for (const padding of [0, 1]) {
        const options = padding === 0 ? {} : { ...pss, saltLength: 32 };
        // The highest bit that the modulus has: for PSS it is not part of the block.
        const highest = (bytes: Buffer) => Buffer.concat([Buffer.of(bytes[0]! ^ top), bytes.subarray(1)]);
        let block: Buffer;
        do {
          const signature = sign("sha256", text, { key: pair.privateKey, ...options });
          block = publicDecrypt(raw(pair.publicKey), signature);
          assert.deepEqual(privateEncrypt(raw(pair.privateKey), block), signature);
        } while (padding === 1 && Buffer.compare(highest(block), n) >= 0);
        for (let place = 0; place < block.length; place++) {
          const other = place === 0 ? highest(block) : damaged(block, place);
          if (Buffer.compare(other, n) >= 0) continue;
          const forged = privateEncrypt(raw(pair.privateKey), other);
          assert.equal(sdk.says("rsaVerify", padding, 256, forged, text), false, `byte ${place}`);
        }
      }
    }
  });

  test("takes no signature that is larger than the modulus by the modulus", () => {
    // Of some keys only: the sum has to fit into as many bytes.
    for (let found = 0; found < 3;) {
      const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const { n } = useKey(pair.publicKey);
      for (let tries = 0; tries < 20 && found < 3; tries++) {
        const text = randomBytes(20);
        const signature = sign("sha256", text, pair.privateKey);
        const sum = BigInt(`0x${signature.toString("hex")}`) + BigInt(`0x${n.toString("hex")}`);
        if (sum >> 2048n !== 0n) continue;
        assert.equal(sdk.says("rsaVerify", 0, 256, signature, text), true);
        const larger = Buffer.from(sum.toString(16).padStart(512, "0"), "hex");
        assert.equal(sdk.says("rsaVerify", 0, 256, larger, text), false);
        found += 1;
      }
    }
  });

  test("takes keys of 2,048 to 8,192 bits with an odd exponent from 3 up, and no others", () => {
    const modulus = (bits: number, last = 1) => {
      const bytes = Buffer.alloc(Math.ceil(bits / 8));
      bytes[0] = 1 << ((bits - 1) % 8);
      bytes[bytes.length - 1]! |= last;
      return bytes;
    };
    const exponent = (...bytes: number[]) => Buffer.from(bytes);
    const usual = exponent(1, 0, 1);
    for (const bits of [2048, 2049, 2055, 2056, 2057, 4096, 8191, 8192])
      assert.ok(sdk.says("rsaKey", modulus(bits), usual), `${bits} bits`);
    for (const bits of [1, 8, 512, 1024, 2040, 2047, 8193, 8200, 16384, 80_000])
      assert.ok(!sdk.says("rsaKey", modulus(bits), usual), `${bits} bits`);
    assert.ok(!sdk.says("rsaKey", modulus(2048, 2), usual), "an even modulus");
    assert.equal(sdk.says("rsaKey", Buffer.alloc(0), usual), false);
    assert.equal(sdk.says("rsaKey", Buffer.alloc(256), usual), false);
    for (const good of [exponent(3), exponent(0, 0, 0, 0, 0, 3), exponent(0xff, 0xff, 0xff, 0xff)])
      assert.ok(sdk.says("rsaKey", modulus(2048), good), good.toString("hex"));
    for (const bad of [exponent(), exponent(0), exponent(1), exponent(2), exponent(1, 0, 0)])
      assert.ok(!sdk.says("rsaKey", modulus(2048), bad), bad.toString("hex"));
    assert.equal(sdk.says("rsaKey", modulus(2048), exponent(1, 0, 0, 0, 1)), false);
    const padded = Buffer.concat([Buffer.alloc(7), modulus(2048)]);
    assert.ok(sdk.says("rsaKey", padded, usual), "zeros before the modulus");
  });

  test("has an answer to any signature under moduli that are no keys", () => {
    for (let i = 0; i < 60; i++) {
      const n = randomBytes(256 + randomInt(40));
      n[0]! |= 0x80;
      n[n.length - 1]! |= 1;
      if (i % 3 === 0) n.fill(0xff);
      if (i % 3 === 1) n.fill(0, 1, n.length - 1);
      assert.equal(sdk.says("rsaKey", n, Buffer.of(1 + 2 * randomInt(1, 100))), true);
      for (const signature of [randomBytes(n.length), n, ...rubbish(n)])
        assert.equal(sdk.says("rsaVerify", i % 2, 256, signature, Buffer.from("text")), false);
    }
  });
});

suite("ECDSA", () => {
  for (const [bits, namedCurve] of [
    [256, "P-256"],
    [384, "P-384"],
  ] as const) {
    const dsaEncoding = "ieee-p1363";

    test(`says of ${namedCurve} what Node says`, () => {
      for (let round = 0; round < 40; round++) {
        const pair = generateKeyPairSync("ec", { namedCurve });
        const jwk = pair.publicKey.export({ format: "jwk" });
        assert.equal(sdk.says("ecdsaKey", bits, numberOf(jwk.x), numberOf(jwk.y)), true);
        const text = randomBytes(randomInt(500));
        const signature = sign(`sha${bits}`, text, { key: pair.privateKey, dsaEncoding });
        const says = (bytes: Buffer, signed: Buffer = text) => sdk.says("ecdsaVerify", bits, bytes, signed);
        assert.equal(says(signature), true);
        assert.equal(says(signature, Buffer.concat([text, Buffer.of(0)])), false);
        for (const other of rubbish(signature)) assert.equal(says(other), false);
        assert.equal(says(damaged(signature, randomInt(signature.length))), false);
      }
    });

    test(`takes no signature, text or key of ${namedCurve} with a byte that is damaged`, () => {
      const pair = generateKeyPairSync("ec", { namedCurve });
      const jwk = pair.publicKey.export({ format: "jwk" });
      const [x, y] = [numberOf(jwk.x), numberOf(jwk.y)];
      const text = randomBytes(20);
      const signature = sign(`sha${bits}`, text, { key: pair.privateKey, dsaEncoding });
      sdk.says("ecdsaKey", bits, x, y);
      for (let i = 0; i < signature.length; i++)
        assert.ok(!sdk.says("ecdsaVerify", bits, damaged(signature, i), text), `byte ${i}`);
      for (let i = 0; i < text.length; i++)
        assert.ok(!sdk.says("ecdsaVerify", bits, signature, damaged(text, i)), `byte ${i}`);
      for (let i = 0; i < x.length; i++) {
        assert.ok(!sdk.says("ecdsaKey", bits, damaged(x, i), y), "a point beside the curve");
        assert.ok(!sdk.says("ecdsaKey", bits, x, damaged(y, i)), "a point beside the curve");
      }
    });

    test(`takes no coordinates of another length, or beyond the prime of ${namedCurve}`, () => {
      const jwk = generateKeyPairSync("ec", { namedCurve }).publicKey.export({ format: "jwk" });
      const [x, y] = [numberOf(jwk.x), numberOf(jwk.y)];
      const zero = Buffer.of(0);
      const ones = Buffer.alloc(x.length, 0xff);
      for (const [wrongX, wrongY] of [
        [Buffer.alloc(0), Buffer.alloc(0)],
        [x.subarray(1), y],
        [x, y.subarray(1)],
        [Buffer.concat([zero, x]), y],
        [x, Buffer.concat([zero, y])],
        [Buffer.alloc(x.length), Buffer.alloc(x.length)],
        [ones, ones],
        [y, x],
      ] as const)
        assert.equal(sdk.says("ecdsaKey", bits, wrongX, wrongY), false);
    });
  }
});

suite("Ed25519", () => {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const prime = 2n ** 255n - 19n;
  const little = (number: bigint) => Buffer.from(number.toString(16).padStart(64, "0"), "hex").reverse();

  test("says what Node says", () => {
    for (let round = 0; round < 150; round++) {
      const pair = generateKeyPairSync("ed25519");
      const key = numberOf(pair.publicKey.export({ format: "jwk" }).x);
      assert.equal(sdk.says("ed25519Key", key), true);
      const text = randomBytes(randomInt(500));
      const signature = sign(null, text, pair.privateKey);
      assert.equal(sdk.says("ed25519Verify", signature, text), true);
      for (const other of rubbish(signature)) {
        assert.equal(verify(null, text, pair.publicKey, other), false);
        assert.equal(sdk.says("ed25519Verify", other, text), false);
      }
    }
  });

  test("takes no signature, text or key with a byte that is damaged", () => {
    const pair = generateKeyPairSync("ed25519");
    const key = numberOf(pair.publicKey.export({ format: "jwk" }).x);
    const text = randomBytes(64);
    const signature = sign(null, text, pair.privateKey);
    sdk.says("ed25519Key", key);
    for (let i = 0; i < 64; i++) {
      assert.ok(!sdk.says("ed25519Verify", damaged(signature, i), text), `byte ${i}`);
      assert.ok(!sdk.says("ed25519Verify", signature, damaged(text, i)), `byte ${i}`);
    }
    for (let i = 0; i < 32; i++) {
      sdk.says("ed25519Key", damaged(key, i));
      assert.ok(!sdk.says("ed25519Verify", signature, text), `byte ${i} of the key`);
    }
  });

  test("takes no S to which the order was added", () => {
    const pair = generateKeyPairSync("ed25519");
    sdk.says("ed25519Key", numberOf(pair.publicKey.export({ format: "jwk" }).x));
    const text = Buffer.from("text");
    const signature = sign(null, text, pair.privateKey);
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`);
    for (let sum = s + order; sum < 2n ** 256n; sum += order) {
      const other = Buffer.concat([signature.subarray(0, 32), little(sum)]);
      assert.equal(sdk.says("ed25519Verify", other, text), false);
    }
  });

  test("takes no key that is written with y beyond the prime, of small order, or of another length", () => {
    for (let y = 0n; y < 19n; y++) {
      const plain = little(prime + y);
      assert.equal(sdk.says("ed25519Key", plain), false);
      plain[31]! |= 0x80;
      assert.equal(sdk.says("ed25519Key", plain), false);
    }
    // The points of small order have y = 1, -1, 0, and the two y of order 8.
    const eighth = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
    const other = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
    for (const y of [
      little(1n),
      little(prime - 1n),
      little(0n),
      ...[eighth, other].map((h) => Buffer.from(h, "hex")),
    ]) {
      assert.equal(sdk.says("ed25519Key", y), false);
      y[31]! |= 0x80;
      assert.equal(sdk.says("ed25519Key", y), false);
    }
    for (const length of [0, 1, 31, 33, 64])
      assert.equal(sdk.says("ed25519Key", Buffer.alloc(length, 3)), false);
  });
});
