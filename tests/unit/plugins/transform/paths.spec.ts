import { encode, decodeSlice } from "as-proxy-wasm/assembly/runtime/utf8";
import { sliceOf } from "as-proxy-wasm/assembly/runtime/slice";
import { Regex } from "as-proxy-wasm";
import { PathChanges, changedPath } from "../../../../plugins/transform/path-changes";
import { QueryChanges } from "../../../../plugins/transform/query-changes";
import { utf8Bytes } from "as-proxy-wasm";
import { milliseconds } from "../../../../plugins/transform/timing";

function rewritten(path: string, from: string, to: string): string {
  const changes = new PathChanges(utf8Bytes(from), utf8Bytes(to), null, "");
  return decodeSlice(changes.apply(encode(path)));
}

function query(target: string, removed: string[], renamed: string[][], replaced: string[][]): string {
  const changed = changedPath(encode(target), null, new QueryChanges(removed, renamed, replaced));
  return changed === null ? "unchanged" : decodeSlice(sliceOf(changed));
}

describe("a prefix", () => {
  it("is rewritten on whole segments, with its slashes kept", () => {
    expect<string>(rewritten("/api/x", "/api", "/v1")).toBe("/v1/x");
    expect<string>(rewritten("/api", "/api", "/v1/")).toBe("/v1/");
    expect<string>(rewritten("/apis", "/api", "/v1")).toBe("/apis");
    expect<string>(rewritten("/ap", "/api", "/v1")).toBe("/ap");
    expect<string>(rewritten("/api/x", "/api/", "/v1")).toBe("/v1/x");
    expect<string>(rewritten("/api/x", "/api", "/")).toBe("/x");
    expect<string>(rewritten("/x", "/", "/v1")).toBe("/v1/x");
    expect<string>(rewritten("/", "/", "/v1")).toBe("/v1/");
    expect<string>(rewritten("/api//x", "/api", "/")).toBe("//x");
  });
});

describe("a query", () => {
  it("changes by decoded names, and keeps the bytes of the rest", () => {
    expect<string>(query("/?a=1&b=%7E", ["a"], [], [])).toBe("/?b=%7E");
    expect<string>(query("/?%61=1&+=2", ["a", " "], [], [])).toBe("/");
    expect<string>(query("/?ab=1&a%", ["a"], [], [])).toBe("unchanged");
    expect<string>(query("/?a=1&c=2&a", [], [["a", "c d"]], [])).toBe("/?c%20d=1&c=2&c%20d");
    expect<string>(query("/?a=1&c=2", [], [["a", "c"]], [])).toBe("/?c=1");
    expect<string>(query("/?a=1", [], [["a", "a"]], [])).toBe("unchanged");
    expect<string>(query("/?a=1&b&a=2", [], [], [["a", "é"]])).toBe("/?a=%C3%A9&b");
    expect<string>(query("/?%61=1&b", [], [], [["a", "2"]])).toBe("/?%61=2&b");
    expect<string>(query("/", [], [], [["a", ""]])).toBe("/?a=");
    expect<string>(query("/?a=b#c?d", [], [], [["a", "1"]])).toBe("/?a=1#c?d");
    expect<string>(query("*", ["a"], [], [["a", "1"]])).toBe("unchanged");
    expect<string>(query("", ["a"], [], [["a", "1"]])).toBe("unchanged");
  });
});

describe("a path and an expression", () => {
  it("take time in proportion to both", () => {
    const regex = Regex.compile("a(.*b)?");
    if (regex === null) return;
    const changes = new PathChanges(null, utf8Bytes(""), regex, "c");
    expect<i32>(decodeSlice(changes.apply(encode("/" + "a".repeat(60000)))).length).toBe(60001);
  });
});

describe("a duration", () => {
  it("is milliseconds with three decimals", () => {
    expect<string>(milliseconds(0)).toBe("0.000");
    expect<string>(milliseconds(999)).toBe("0.000");
    expect<string>(milliseconds(1000)).toBe("0.001");
    expect<string>(milliseconds(12345678)).toBe("12.345");
    expect<string>(milliseconds(60000000000)).toBe("60000.000");
  });
});
