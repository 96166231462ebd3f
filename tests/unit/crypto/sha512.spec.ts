import { hexText, sha384, sha512, utf8Bytes } from "as-proxy-wasm";
import { Sha384, Sha512 } from "as-proxy-wasm/assembly/crypto/sha512";
import { sliceOf } from "as-proxy-wasm/assembly/runtime/slice";

const TWO_BLOCKS =
  "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

describe("SHA-512", () => {
  it("has the examples of FIPS 180", () => {
    expect<string>(hexText(sha512(utf8Bytes("")))).toBe(
      "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
    );
    expect<string>(hexText(sha512(utf8Bytes("abc")))).toBe(
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    );
    expect<string>(hexText(sha512(utf8Bytes(TWO_BLOCKS)))).toBe(
      "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909",
    );
    expect<string>(hexText(sha512(utf8Bytes("a".repeat(1_000_000))))).toBe(
      "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
    );
  });

  it("does not care in which pieces the bytes come", () => {
    const bytes = utf8Bytes("0123456789".repeat(40));
    const hash = new Sha512();
    for (let first = 0; first <= bytes.length; first++) {
      hash.update(sliceOf(bytes.subarray(0, first))).update(sliceOf(bytes.subarray(first)));
      expect<Uint8Array>(hash.digest()).toStrictEqual(sha512(bytes));
    }
  });
});

describe("SHA-384", () => {
  it("has the examples of FIPS 180", () => {
    expect<string>(hexText(sha384(utf8Bytes("")))).toBe(
      "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
    );
    expect<string>(hexText(sha384(utf8Bytes("abc")))).toBe(
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    );
    expect<string>(hexText(sha384(utf8Bytes(TWO_BLOCKS)))).toBe(
      "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039",
    );
    expect<string>(hexText(sha384(utf8Bytes("a".repeat(1_000_000))))).toBe(
      "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985",
    );
  });

  it("does not care in which pieces the bytes come", () => {
    const bytes = utf8Bytes("0123456789".repeat(40));
    const hash = new Sha384();
    for (let first = 0; first <= bytes.length; first++) {
      hash.update(sliceOf(bytes.subarray(0, first))).update(sliceOf(bytes.subarray(first)));
      expect<Uint8Array>(hash.digest()).toStrictEqual(sha384(bytes));
    }
  });
});
