import { hexText, sha256, utf8Bytes } from "as-proxy-wasm";
import { Sha256 } from "as-proxy-wasm/assembly/crypto/sha256";
import { slice, sliceOf } from "as-proxy-wasm/assembly/runtime/slice";

function hash(text: string): string {
  return hexText(sha256(utf8Bytes(text)));
}

describe("SHA-256", () => {
  it("has the examples of FIPS 180", () => {
    expect<string>(hash("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect<string>(hash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect<string>(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).toBe(
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    );
    expect<string>(hash("a".repeat(1_000_000))).toBe(
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    );
  });

  it("does not care in which pieces the bytes come", () => {
    const bytes = utf8Bytes("0123456789".repeat(30));
    const whole = sliceOf(bytes);
    const expected = hexText(sha256(bytes));
    const hash = new Sha256();
    for (let first = 0; first <= bytes.length; first++) {
      hash.update(slice(<usize>whole, first));
      hash.update(slice(<usize>whole + first, min(5, bytes.length - first)));
      hash.update(slice(<usize>whole + min(first + 5, bytes.length), max(0, bytes.length - first - 5)));
      expect<string>(hexText(hash.digest())).toBe(expected);
    }
  });

  it("forgets what was added when it is told to", () => {
    const hash = new Sha256();
    hash.update(sliceOf(utf8Bytes("x".repeat(100)))).reset();
    expect<string>(hexText(hash.update(sliceOf(utf8Bytes("abc"))).digest())).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
});
