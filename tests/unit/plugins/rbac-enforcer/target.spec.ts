import { sliceOf, utf8Bytes } from "as-proxy-wasm";
import { pathSegments, queryParameters } from "../../../../plugins/rbac-enforcer/target";

function segments(path: string): string {
  const bytes = utf8Bytes(path);
  return pathSegments(sliceOf(bytes)).join("|");
}

/** `name=value,value` for each name, in the order of the names. */
function parameters(target: string): string {
  const bytes = utf8Bytes(target);
  const found = queryParameters(sliceOf(bytes));
  const all: string[] = [];
  while (found.next()) {
    const values: string[] = [];
    for (let i = 0; i < found.count; i++) values.push(found.value(i));
    all.push(found.name + "=" + values.join(","));
  }
  return all.join(" ");
}

describe("the segments of a path", () => {
  it("are decoded", () => {
    expect<string>(segments("/api/v1/caf%C3%A9")).toBe("api|v1|café");
  });

  it("are separated by encoded slashes, too", () => {
    expect<string>(segments("/a%2Fb")).toBe("a|b");
  });

  it("begin after the first slashes, and may be empty", () => {
    expect<string>(segments("//a//b/")).toBe("a||b|");
    expect<string>(segments("/")).toBe("");
    expect<i32>(pathSegments(sliceOf(utf8Bytes("/"))).length).toBe(1);
    expect<i32>(pathSegments(0).length).toBe(1);
    expect<string>(segments("*")).toBe("*");
  });

  it("stay what they are where a server might take them for others", () => {
    expect<string>(segments("/a/../b/./c;d")).toBe("a|..|b|.|c;d");
    expect<string>(segments("/%zz/%2e%2e")).toBe("%zz|..");
  });
});

describe("the parameters of a query", () => {
  it("have all values of a name together, in their order", () => {
    expect<string>(parameters("/?b=2&a=1&b=1&c&b=3")).toBe("a=1 b=2,1,3 c=");
  });

  it("are told apart by their decoded names", () => {
    expect<string>(parameters("/?%61=1&a=2&A=3")).toBe("A=3 a=1,2");
  });

  it("can be many", () => {
    let query = "/?x";
    for (let i = 0; i < 3000; i++) query += "&k" + (i % 1000).toString() + "=" + i.toString();
    const found = queryParameters(sliceOf(utf8Bytes(query)));
    let names = 0;
    while (found.next()) {
      names += 1;
      if (found.name == "x") continue;
      expect<i32>(found.count).toBe(3);
      const first = <i32>parseInt(found.value(0));
      expect<string>(found.name).toBe("k" + first.toString());
      expect<string>(found.value(1)).toBe((first + 1000).toString());
      expect<string>(found.value(2)).toBe((first + 2000).toString());
    }
    expect<i32>(names).toBe(1001);
  });
});
