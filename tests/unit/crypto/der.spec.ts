import { hexBytes, hexText } from "as-proxy-wasm";
import { ecKeyDer, ecdsaSignatureDer, rsaKeyDer } from "as-proxy-wasm/assembly/crypto/der";
import { p256, p384 } from "as-proxy-wasm/assembly/crypto/weierstrass";
import { sliceOf } from "as-proxy-wasm/assembly/runtime/slice";

function signatureDer(raw: string): string {
  return hexText(ecdsaSignatureDer(sliceOf(hexBytes(raw)!)));
}

describe("signatures in DER", () => {
  it("are two numbers in as few bytes as they take, with a zero before a first bit that is set", () => {
    // RFC 7515, appendix A.3: s has its first bit set.
    expect<string>(
      signatureDer(
        "0ed1215379636c483c2f7f155807d402a3b228033af97c7e17819ac3169ea665c50a07d38c3c70e5d8f12daf084a5480a66590c5f293509a8f3f7f8a83a354d5",
      ),
    ).toBe(
      "304502200ed1215379636c483c2f7f155807d402a3b228033af97c7e17819ac3169ea665022100c50a07d38c3c70e5d8f12daf084a5480a66590c5f293509a8f3f7f8a83a354d5",
    );
  });

  it("leave zeros out, but for the number zero", () => {
    expect<string>(signatureDer("0001" + "0080")).toBe("3007" + "020101" + "02020080");
    expect<string>(signatureDer("0000" + "007f")).toBe("3006" + "020100" + "02017f");
    expect<string>(signatureDer("00ff" + "ffff")).toBe("3009" + "020200ff" + "020300ffff");
  });

  it("say lengths of more than 127 bytes in the long form", () => {
    const raw = "7f".repeat(66) + "7f".repeat(66);
    expect<string>(signatureDer(raw)).toBe("308188" + ("0242" + "7f".repeat(66)).repeat(2));
  });
});

describe("keys in DER", () => {
  it("are an RSA key's two numbers, named as such", () => {
    const modulus = hexBytes("00" + "c1".repeat(256))!;
    expect<string>(hexText(rsaKeyDer(modulus, hexBytes("010001")!))).toBe(
      "30820122300d06092a864886f70d01010105000382010f003082010a0282010100" + "c1".repeat(256) + "0203010001",
    );
  });

  it("are a point of a curve, named as such", () => {
    expect<string>(hexText(ecKeyDer(p256(), hexBytes("11".repeat(32))!, hexBytes("22".repeat(32))!))).toBe(
      "3059301306072a8648ce3d020106082a8648ce3d03010703420004" + "11".repeat(32) + "22".repeat(32),
    );
    expect<string>(hexText(ecKeyDer(p384(), hexBytes("11".repeat(48))!, hexBytes("22".repeat(48))!))).toBe(
      "3076301006072a8648ce3d020106052b8104002203620004" + "11".repeat(48) + "22".repeat(48),
    );
  });
});
