import { hostOfAddress } from "../../../../plugins/rate-limit/address";

describe("the host of an address", () => {
  it("has no port", () => {
    expect<string>(hostOfAddress("10.0.0.1:4711")).toBe("10.0.0.1");
    expect<string>(hostOfAddress("10.0.0.1")).toBe("10.0.0.1");
    expect<string>(hostOfAddress("[::1]:4711")).toBe("::1");
    expect<string>(hostOfAddress("[2001:db8::7]:80")).toBe("2001:db8::7");
    expect<string>(hostOfAddress("2001:db8::7")).toBe("2001:db8::7");
  });

  it("is the same for IPv4 on a listener for both", () => {
    expect<string>(hostOfAddress("[::ffff:10.0.0.1]:4711")).toBe("10.0.0.1");
    expect<string>(hostOfAddress("[::ffff:a00:1]:4711")).toBe("::ffff:a00:1");
  });

  it("is all of what is no address", () => {
    const others: string[] = ["", "@/run/socket", "/run/a:b", "[::1", "envoy://internal/1"];
    for (let i = 0; i < others.length; i++) expect<string>(hostOfAddress(others[i])).toBe(others[i]);
    expect<string>(hostOfAddress("[]:1")).toBe("");
    expect<string>(hostOfAddress(":1")).toBe("");
  });
});
