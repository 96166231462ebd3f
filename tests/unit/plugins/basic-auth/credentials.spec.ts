import { base64Text, sha256, utf8Bytes, utf8Text } from "as-proxy-wasm";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";
import { CredentialSet, presentedIn, userOf } from "../../../../plugins/basic-auth/credentials";

function set(texts: string[]): CredentialSet {
  const credentials = new CredentialSet();
  for (let i = 0; i < texts.length; i++) expect<string>(credentials.add(texts[i])).toBe("", texts[i]);
  return credentials;
}

function accepts(credentials: CredentialSet, pair: string): bool {
  return credentials.accepts(sha256(utf8Bytes(pair)));
}

/** SHA-256 of `ok:test`, as sha256sum has it. */
const OK_TEST: string = "0f21e4cfcb420ce477fc42b20ae845963b4818445d859dcdade9b8eca17f1a8a";

describe("the credentials of a rule", () => {
  it("are user and password in each of the three forms", () => {
    const forms: string[] = [
      "ok:test",
      "b2s6dGVzdA==",
      "sha256:" + OK_TEST,
      "sha256:" + OK_TEST.toUpperCase(),
    ];
    for (let i = 0; i < forms.length; i++) {
      const credentials = set([forms[i]]);
      expect<bool>(accepts(credentials, "ok:test")).toBe(true, forms[i]);
      const wrong: string[] = ["ok:tes", "ok:test ", "o:test", "OK:test", "ok:", ":test", "", forms[i] + "x"];
      for (let j = 0; j < wrong.length; j++) {
        expect<bool>(accepts(credentials, wrong[j])).toBe(false, forms[i] + " " + wrong[j]);
      }
    }
  });

  it("are several, of which any will do", () => {
    const credentials = set(["a:1", "b:2", "c:3:4", "\u00e9:\u00e8"]);
    expect<bool>(accepts(credentials, "a:1")).toBe(true);
    expect<bool>(accepts(credentials, "b:2")).toBe(true);
    expect<bool>(accepts(credentials, "c:3:4")).toBe(true);
    expect<bool>(accepts(credentials, "\u00e9:\u00e8")).toBe(true);
    expect<bool>(accepts(credentials, "a:2")).toBe(false);
    expect<bool>(accepts(new CredentialSet(), "a:1")).toBe(false);
  });

  it("take text with a colon for itself, and text that begins with sha256: for a hash", () => {
    expect<bool>(accepts(set(["YTpi:x"]), "YTpi:x")).toBe(true);
    expect<bool>(accepts(set(["sha256x:y"]), "sha256x:y")).toBe(true);
    const credentials = new CredentialSet();
    const bad: string[] = [
      "sha256:",
      "sha256:password",
      "sha256:" + OK_TEST.substring(1),
      "sha256:" + OK_TEST + "00",
      "sha256:" + OK_TEST.substring(1) + "x",
      "SHA256:" + OK_TEST,
      "Sha256:password",
    ];
    for (let i = 0; i < bad.length; i++) {
      expect<bool>(credentials.add(bad[i]).startsWith("expected user:password")).toBe(true, bad[i]);
    }
    expect<bool>(accepts(credentials, "sha256:password")).toBe(false);
  });

  it("are refused without a user, a password, a colon, or with control characters", () => {
    const credentials = new CredentialSet();
    const pairs: string[] = [":a", "a:", ":", "::"];
    for (let i = 0; i < pairs.length; i++) {
      expect<string>(credentials.add(pairs[i])).toBe("must have a user and a password");
      const encoded = base64Text(utf8Bytes(pairs[i]));
      expect<string>(credentials.add(encoded)).toBe("must have a user and a password", encoded);
    }
    const controls: string[] = ["a:b\n", "a\t:b", "a:\u007f"];
    for (let i = 0; i < controls.length; i++) {
      expect<bool>(credentials.add(controls[i]).includes("control characters")).toBe(true);
      const encoded = base64Text(utf8Bytes(controls[i]));
      expect<bool>(credentials.add(encoded).includes("control characters")).toBe(true, encoded);
    }
    const none: string[] = ["", "a", "abcd", "admin", "YTpi=", "YTpiYx==", "YT pi", "YTpi\n", "YTpiYw"];
    for (let i = 0; i < none.length; i++) {
      expect<bool>(credentials.add(none[i]).startsWith("expected user:password")).toBe(true, none[i]);
    }
  });
});

function presented(field: string): string {
  const pair = presentedIn(encode(field));
  return pair === null ? "none" : utf8Text(pair);
}

describe("what a client presents", () => {
  it("is the text in base64 after Basic", () => {
    expect<string>(presented("Basic b2s6dGVzdA==")).toBe("ok:test");
    expect<string>(presented("bAsIc  b2s6dGVzdA== ")).toBe("ok:test");
    expect<string>(presented("Basic Og==")).toBe(":");
    expect<string>(presented("Basic YTpiOmM=")).toBe("a:b:c");
  });

  it("is nothing where that is not what it should be", () => {
    const fields: string[] = [
      "",
      "Basic",
      "Basic ",
      "Bearer b2s6dGVzdA==",
      "Basicb2s6dGVzdA==",
      "Basic ok:test",
      "Basic b2s6dGVzdA",
      "Basic b2s6dGVzdA=",
      "Basic b2s6dGVzdA===",
      "Basic b2s6dGVzdB==",
      "Basic b2s6 dGVzdA==",
      "Basic b2s6dGVzdA==,Basic b2s6dGVzdA==",
      "Basic b2s6dGVzdA==, x=1",
      "Basic b2t0ZXN0",
      "Basic _-s6dGVzdA==",
      "Basic b2s6dGVzdAo=",
      "Basic b2s6AGVzdA==",
      "Basic =",
      "Basic ====",
    ];
    for (let i = 0; i < fields.length; i++) expect<string>(presented(fields[i])).toBe("none", fields[i]);
  });

  it("may be bytes that are not UTF-8", () => {
    const pair = presentedIn(encode("Basic /zr+"));
    expect<bool>(pair !== null).toBe(true);
    expect<i32>(changetype<Uint8Array>(pair).length).toBe(3);
    expect<bool>(set(["/zr+"]).accepts(sha256(changetype<Uint8Array>(pair)))).toBe(true);
  });

  it("has the user before the first colon", () => {
    expect<string>(utf8Text(userOf(utf8Bytes("a:b:c")))).toBe("a");
    expect<string>(utf8Text(userOf(utf8Bytes(":b")))).toBe("");
  });
});
