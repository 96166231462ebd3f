import { hexBytes } from "as-proxy-wasm";
import { EcdsaKey } from "as-proxy-wasm/assembly/crypto/ecdsa";
import { Sha256 } from "as-proxy-wasm/assembly/crypto/sha256";
import { Sha384 } from "as-proxy-wasm/assembly/crypto/sha512";
import { p256, p384 } from "as-proxy-wasm/assembly/crypto/weierstrass";
import { sliceOf } from "as-proxy-wasm/assembly/runtime/slice";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";

describe("ECDSA", () => {
  it("takes the signatures of RFC 6979 for P-256", () => {
    const key = EcdsaKey.of(
      p256(),
      hexBytes("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6")!,
      hexBytes("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299")!,
    )!;
    const sample = hexBytes(
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    )!;
    const test = hexBytes(
      "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
    )!;
    expect<bool>(key.verify(new Sha256(), sliceOf(sample), encode("sample"))).toBe(true);
    expect<bool>(key.verify(new Sha256(), sliceOf(test), encode("test"))).toBe(true);
    expect<bool>(key.verify(new Sha256(), sliceOf(test), encode("sample"))).toBe(false);
  });

  it("takes the signatures of RFC 6979 for P-384", () => {
    const key = EcdsaKey.of(
      p384(),
      hexBytes(
        "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13",
      )!,
      hexBytes(
        "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720",
      )!,
    )!;
    const sample = hexBytes(
      "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe4699ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8",
    )!;
    const test = hexBytes(
      "8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb0542a7f0812998da8f1dd3ca3cf023dbddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e06a739f040649a667bf3b828246baa5a5",
    )!;
    expect<bool>(key.verify(new Sha384(), sliceOf(sample), encode("sample"))).toBe(true);
    expect<bool>(key.verify(new Sha384(), sliceOf(test), encode("test"))).toBe(true);
    expect<bool>(key.verify(new Sha384(), sliceOf(test), encode("sample"))).toBe(false);
  });

  it("takes the base point itself as a key, and no hash of another length", () => {
    const x = hexBytes("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")!;
    const y = hexBytes("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")!;
    const key = EcdsaKey.of(p256(), x, y)!;
    const signature = new Uint8Array(64).fill(1);
    expect<bool>(key.verify(new Sha256(), sliceOf(signature), encode("text"))).toBe(false);
    expect<bool>(key.verify(new Sha384(), sliceOf(signature), encode("text"))).toBe(false);
  });
});
