import { base64Bytes, base64Text, base64urlBytes, base64urlText, utf8Bytes, utf8Text } from "as-proxy-wasm";

/** What base64 stands for, as text; "null" for what is refused. */
function decoded(text: string): string {
  const bytes = base64Bytes(text);
  return bytes == null ? "null" : utf8Text(bytes);
}

function decodedUrl(text: string): string {
  const bytes = base64urlBytes(text);
  return bytes == null ? "null" : utf8Text(bytes);
}

function refuses(texts: string[]): void {
  for (let i = 0; i < texts.length; i++) expect<bool>(base64Bytes(texts[i]) == null).toBe(true, texts[i]);
}

function refusesUrl(texts: string[]): void {
  for (let i = 0; i < texts.length; i++) expect<bool>(base64urlBytes(texts[i]) == null).toBe(true, texts[i]);
}

/** The bytes 0, 1, 2 and so on. */
function counted(length: i32): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = <u8>(i * 7);
  return bytes;
}

describe("base64", () => {
  it("has the test vectors of RFC 4648, both ways", () => {
    const plain = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
    const texts = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
    for (let i = 0; i < plain.length; i++) {
      expect<string>(base64Text(utf8Bytes(plain[i]))).toBe(texts[i]);
      expect<string>(decoded(texts[i])).toBe(plain[i]);
      const bare = texts[i].split("=")[0];
      expect<string>(base64urlText(utf8Bytes(plain[i]))).toBe(bare);
      expect<string>(decodedUrl(bare)).toBe(plain[i]);
    }
  });

  it("knows both alphabets to their ends, and keeps them apart", () => {
    const bytes = new Uint8Array(3);
    bytes[0] = 0xfb;
    bytes[1] = 0xff;
    bytes[2] = 0xbf;
    expect<string>(base64Text(bytes)).toBe("+/+/");
    expect<string>(base64urlText(bytes)).toBe("-_-_");
    expect<Uint8Array>(base64Bytes("+/+/")!).toStrictEqual(bytes);
    expect<Uint8Array>(base64urlBytes("-_-_")!).toStrictEqual(bytes);
    refuses(["-_-_", "+_+_"]);
    refusesUrl(["+/+/", "-/-/"]);
  });

  it("comes back as it was, at every length and byte", () => {
    for (let length = 0; length < 300; length++) {
      const bytes = counted(length);
      expect<Uint8Array>(base64Bytes(base64Text(bytes))!).toStrictEqual(bytes);
      expect<Uint8Array>(base64urlBytes(base64urlText(bytes))!).toStrictEqual(bytes);
    }
  });

  it("refuses every character outside of its alphabet, in every place", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (let code = 0; code < 0x180; code++) {
      const character = String.fromCharCode(code);
      const common = alphabet.includes(character);
      const known = common || character == "+" || character == "/";
      const knownUrl = common || character == "-" || character == "_";
      for (let place = 0; place < 8; place++) {
        const text = "Zm9vYmEy".substring(0, place) + character + "Zm9vYmEy".substring(place + 1);
        const padding = character == "=" && place == 7;
        expect<bool>(base64Bytes(text) != null).toBe(known || padding, text);
        expect<bool>(base64urlBytes(text) != null).toBe(knownUrl, text);
      }
    }
  });

  it("refuses padding that is missing, too long, or not at the end", () => {
    refuses(["Zg", "Zg=", "Zm8", "Z", "Zm9vY", "=", "==", "===", "====", "Z===", "Zg==Zg==", "Zm8=Zm8="]);
    refuses(["Zg=a", "Z=g=", "=Zg=", "Zm9v=", "Zm9v==", "Zm9v====", "Zg===", "Zm8=="]);
    refusesUrl(["Zg==", "Zm8=", "Z", "Zm9vY", "=", "Zm9v="]);
  });

  it("refuses a last character with bits that stand for nothing", () => {
    refuses(["Zh==", "Zj==", "Zv==", "Zm9=", "Zm+="]);
    refusesUrl(["Zh", "Zj", "Zv", "Zm9", "Zm-"]);
  });

  it("refuses white space and line ends", () => {
    refuses(["Zm9v\n", " Zm9v", "Zm 9v", "Zm9v\r\n", "Zm9v    ", "Zm\t9", "Zg==\n"]);
    refusesUrl(["Zm9v\n", " Zm9", "Zm 9", "Zm9vZm\n"]);
  });
});
