import { hexBytes } from "as-proxy-wasm";
import { Ed25519Key } from "as-proxy-wasm/assembly/crypto/ed25519";
import { sliceOf } from "as-proxy-wasm/assembly/runtime/slice";

const KEYS: string[] = [
  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
  "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
];
const TEXTS: string[] = [
  "",
  "72",
  "af82",
  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
];
const SIGNATURES: string[] = [
  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
];

function verdict(key: string, text: string, signature: string): bool {
  return Ed25519Key.of(hexBytes(key)!)!.verify(sliceOf(hexBytes(signature)!), sliceOf(hexBytes(text)!));
}

describe("Ed25519", () => {
  it("takes the signatures of RFC 8032, section 7.1", () => {
    for (let i = 0; i < KEYS.length; i++) expect<bool>(verdict(KEYS[i], TEXTS[i], SIGNATURES[i])).toBe(true);
  });

  it("takes none of them for another text or key", () => {
    for (let i = 0; i < KEYS.length; i++) {
      const other = (i + 1) % KEYS.length;
      expect<bool>(verdict(KEYS[i], TEXTS[other], SIGNATURES[i])).toBe(false);
      expect<bool>(verdict(KEYS[other], TEXTS[i], SIGNATURES[i])).toBe(false);
    }
  });

  it("keeps keys apart from the bytes that they were made from", () => {
    const bytes = hexBytes(KEYS[0])!;
    const key = Ed25519Key.of(bytes)!;
    bytes.fill(0);
    expect<bool>(key.verify(sliceOf(hexBytes(SIGNATURES[0])!), sliceOf(hexBytes(TEXTS[0])!))).toBe(true);
  });
});
