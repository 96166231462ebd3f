import { isFramingField } from "../../../assembly/http/framing";
import { quotedString } from "../../../assembly/http/quoted-string";

describe("fields that frame and route messages", () => {
  it("are known in any case", () => {
    const names = ["host", "Host", "CONTENT-LENGTH", "te", "Transfer-Encoding", "upgrade", "trailer"];
    for (let i = 0; i < names.length; i++) expect<bool>(isFramingField(names[i])).toBe(true, names[i]);
  });

  it("are none of the others", () => {
    const names = ["", "x-host", "hosts", "content-type", "authorization", "tea", "content_length", "t"];
    for (let i = 0; i < names.length; i++) expect<bool>(isFramingField(names[i])).toBe(false, names[i]);
  });
});

describe("a quoted string", () => {
  it("has quotes and backslashes escaped", () => {
    expect<string>(quotedString("")).toBe('""');
    expect<string>(quotedString("istio")).toBe('"istio"');
    expect<string>(quotedString('the "a\\b" ü')).toBe('"the \\"a\\\\b\\" ü"');
  });
});
