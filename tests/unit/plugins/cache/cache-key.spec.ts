import { KeyedDigest } from "as-proxy-wasm";
import { CacheKey } from "../../../../plugins/cache/cache-key";
import { Settings } from "../../../../plugins/cache/settings";
import { copied, fields } from "./fields";

function keyWith(settings: Settings, owner: string = "cache"): CacheKey {
  return new CacheKey(new KeyedDigest("secret"), settings, owner);
}

function uri(key: CacheKey, scheme: string, authority: string, target: string): u64 {
  key.ofUri(copied(scheme), copied(authority), copied(target));
  return key.low;
}

describe("the key of a URI", () => {
  it("is another one for another scheme, host, path or query, and for another plugin", () => {
    const key = keyWith(new Settings());
    const own = uri(key, "http", "a.example", "/a?b");
    expect<bool>(uri(key, "http", "A.Example", "/a?b") == own).toBe(true);
    expect<bool>(uri(key, "https", "a.example", "/a?b") == own).toBe(false);
    expect<bool>(uri(key, "http", "b.example", "/a?b") == own).toBe(false);
    expect<bool>(uri(key, "http", "a.example:80", "/a?b") == own).toBe(false);
    expect<bool>(uri(key, "http", "a.example", "/A?b") == own).toBe(false);
    expect<bool>(uri(key, "http", "a.example", "/a?B") == own).toBe(false);
    expect<bool>(uri(key, "http", "a.example/a", "?b") == own).toBe(false);
    expect<bool>(uri(keyWith(new Settings(), "other"), "http", "a.example", "/a?b") == own).toBe(false);
  });

  it("has the parameters that count", () => {
    const some = new Settings();
    some.selectsQuery = true;
    some.keyQuery = ["id", "p"];
    const key = keyWith(some);
    const own = uri(key, "http", "a", "/?id=1&x=2&p");
    expect<bool>(uri(key, "http", "a", "/?x&id=1&p&y") == own).toBe(true);
    expect<bool>(uri(key, "http", "a", "/?id=1&p=") == own).toBe(false);
    expect<bool>(uri(key, "http", "a", "/?id=2&p") == own).toBe(false);
    expect<bool>(uri(key, "http", "a", "/?id=1") == own).toBe(false);
    expect<bool>(uri(key, "http", "a", "/?idp=1") == uri(key, "http", "a", "/")).toBe(true);
    const none = new Settings();
    none.ignoresQuery = true;
    expect<bool>(uri(keyWith(none), "http", "a", "/?b") == uri(keyWith(none), "http", "a", "/")).toBe(true);
  });
});

function variant(names: string, request: string[], generation: u64 = 1): u64 {
  const key = keyWith(new Settings());
  key.ofVariant(1, 2, generation, copied(names), fields(request));
  return key.low;
}

describe("the key of a response that varies", () => {
  it("is the same for lists that are the same", () => {
    const own = variant("x-a", ["x-a: 1, 2"]);
    expect<bool>(variant("x-a", ["x-a: 1,2"]) == own).toBe(true);
    expect<bool>(variant("x-a", ["X-A: 1", "x-b: 3", "x-a: 2"]) == own).toBe(true);
    expect<bool>(variant("x-a", ["x-a: 2, 1"]) == own).toBe(false);
    expect<bool>(variant("x-a", ["x-a: 12"]) == own).toBe(false);
    expect<bool>(variant("x-a", ["x-a: 1, 2"], 2) == own).toBe(false);
    expect<bool>(
      variant("accept-language", ["accept-language: EN, de"]) ==
        variant("accept-language", ["accept-language: en,DE"]),
    ).toBe(true);
    expect<bool>(variant("x-a", ["x-a: A"]) == variant("x-a", ["x-a: a"])).toBe(false);
  });

  it("tells what is absent from what is empty, and one field from the next", () => {
    expect<bool>(variant("x-a", []) == variant("x-a", ["x-a: "])).toBe(false);
    expect<bool>(variant("x-a,x-b", ["x-a: 1"]) == variant("x-a,x-b", ["x-b: 1"])).toBe(false);
    expect<bool>(variant("x-a", ["x-b: 1"]) == variant("x-a", [])).toBe(true);
  });
});
