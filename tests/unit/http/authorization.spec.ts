import { credentialsOf } from "as-proxy-wasm/assembly/http/authorization";
import { NO_HEADER } from "as-proxy-wasm/assembly/http/headers";
import { decodeSlice, encode } from "as-proxy-wasm/assembly/runtime/utf8";

describe("the credentials of a field", () => {
  it("are what follows the scheme, in any case and with white space around it", () => {
    const fields: string[] = ["Basic a=", "basic a=", "BASIC   a=", " \tBasic a= \t"];
    for (let i = 0; i < fields.length; i++) {
      expect<string>(decodeSlice(credentialsOf(encode(fields[i]), "Basic"))).toBe("a=", fields[i]);
    }
    expect<string>(decodeSlice(credentialsOf(encode("Basic a b, c"), "Basic"))).toBe("a b, c");
  });

  it("are none for another scheme, or where nothing follows", () => {
    const fields: string[] = [
      "",
      " ",
      "Basic",
      "Basic ",
      "Basic\ta",
      "Basica",
      "Basi c",
      "Bearer a",
      "a",
      "XBasic a",
    ];
    for (let i = 0; i < fields.length; i++) {
      expect<u64>(credentialsOf(encode(fields[i]), "Basic")).toBe(NO_HEADER, fields[i]);
    }
  });
});
