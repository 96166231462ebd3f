import {
  HostPattern,
  MethodSet,
  PathPart,
  PathPattern,
  normalizePath,
  sha256,
  utf8Bytes,
} from "as-proxy-wasm";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";
import { CredentialSet } from "../../../../plugins/basic-auth/credentials";
import { warnOfDeadRules, warnOfHoles } from "../../../../plugins/basic-auth/holes";
import { Rule, RuleList } from "../../../../plugins/basic-auth/rule";
import { takeLog } from "as-proxy-wasm/as-pect/log";

/** A rule written as `hosts methods path`, whose place is its credentials: `*.a.com,b GET,POST /admin` */
function rule(place: string, text: string): Rule {
  const words = text.split(" ");
  const hosts: HostPattern[] = [];
  const names: string[] = words[0].length == 0 ? [] : words[0].split(",");
  for (let i = 0; i < names.length; i++) hosts.push(changetype<HostPattern>(HostPattern.parse(names[i])));
  const methods = new MethodSet();
  const list = words[1].split(",");
  for (let i = 0; i < list.length; i++) methods.add(list[i]);
  const credentials = new CredentialSet();
  credentials.add(place + ":" + place);
  const kind = words[2].charAt(0);
  const part = kind == "=" ? PathPart.Exact : kind == "$" ? PathPart.Suffix : PathPart.Prefix;
  const path = PathPattern.parse(part, part == PathPart.Prefix ? words[2] : words[2].substring(1));
  expect<bool>(path !== null).toBe(true, text);
  return new Rule(place, hosts, changetype<PathPattern>(path), methods, credentials);
}

/** Rules whose places are r0, r1 and so on. */
function rules(texts: string[]): Rule[] {
  const all: Rule[] = [];
  for (let i = 0; i < texts.length; i++) all.push(rule("r" + i.toString(), texts[i]));
  return all;
}

/** Whose credentials a request needs: "" for none, "-" for more than one set has. */
function needs(list: Rule[], path: string, method: string = "GET", authority: string = "a.com"): string {
  const given = encode(path);
  const decision = new RuleList(list).decide(encode(authority), given, normalizePath(given), encode(method));
  if (decision === null) return "";
  for (let i = 0; i < list.length; i++) {
    if (decision.accepts(sha256(utf8Bytes(list[i].place + ":" + list[i].place)))) return list[i].place;
  }
  return "-";
}

describe("the rules", () => {
  it("are for hosts, methods and paths together", () => {
    const some = rules(["*.example.com,b.org GET,POST /admin"]);
    expect<string>(needs(some, "/admin", "GET", "a.example.com:80")).toBe("r0");
    expect<string>(needs(some, "/admin/x", "POST", "B.ORG")).toBe("r0");
    expect<string>(needs(some, "/admin", "HEAD", "b.org")).toBe("r0");
    expect<string>(needs(some, "/admin", "PUT", "b.org")).toBe("");
    expect<string>(needs(some, "/admin", "GET", "c.org")).toBe("");
    expect<string>(needs(some, "/other", "GET", "b.org")).toBe("");
    expect<string>(needs([], "/admin")).toBe("");
  });

  it("decide in their order", () => {
    const some = rules([" GET =/admin/open", " GET /admin", " * $.pdf", " * /"]);
    expect<string>(needs(some, "/admin/open")).toBe("r0");
    expect<string>(needs(some, "/admin/x.pdf")).toBe("r1");
    expect<string>(needs(some, "/admin/x.pdf", "PUT")).toBe("r2");
    expect<string>(needs(some, "/admin/x", "PUT")).toBe("r3");
    expect<string>(needs(some, "/")).toBe("r3");
  });

  it("see through the spelling of a path", () => {
    const some = rules([" * /admin", " * /"]);
    const same: string[] = [
      "//admin",
      "/./admin",
      "/x/../admin",
      "/%61dmin",
      "/x/%2e%2e/admin",
      "/x/..%2fadmin",
      "/;a/admin;b",
      "\\admin",
      "/x/..;/admin",
    ];
    for (let i = 0; i < same.length; i++) expect<string>(needs(some, same[i])).toBe("r0", same[i]);
  });

  it("are asked of the path as it came where none fits it normalised", () => {
    const some = rules([" * /admin"]);
    expect<string>(needs(some, "/admin/../x")).toBe("r0");
    expect<string>(needs(some, "/admin%2f..%2fx")).toBe("r0");
    expect<string>(needs(some, "/x/../y")).toBe("");
  });

  it("must all be content where an earlier one fits the path as it came", () => {
    const some = rules([" * /public", " * /"]);
    expect<string>(needs(some, "/public/../admin")).toBe("-");
    expect<string>(needs(some, "/x/../public")).toBe("r0");
  });
});

/** What is warned of, without the words after the place. */
function holes(texts: string[]): string[] {
  takeLog();
  warnOfHoles(rules(texts));
  const places: string[] = [];
  const lines = takeLog();
  for (let i = 0; i < lines.length; i++) places.push(lines[i].substring(2, lines[i].indexOf(":")));
  return places;
}

function dead(texts: string[]): string[] {
  takeLog();
  warnOfDeadRules(rules(texts));
  return takeLog();
}

describe("holes", () => {
  it("are methods that a rule does not name", () => {
    expect<string[]>(holes([" GET,POST /a", " * /b"])).toStrictEqual(["r0.request_methods"]);
    expect<string[]>(holes([" * /a"])).toStrictEqual([]);
  });

  it("are no holes where another rule has every method", () => {
    expect<string[]>(holes([" GET /a/b", " * /a"])).toStrictEqual([]);
    expect<string[]>(holes([" * /", " GET $.pdf"])).toStrictEqual([]);
    expect<string[]>(holes([" GET /a", " * /a/b"])).toStrictEqual(["r0.request_methods"]);
    expect<string[]>(holes([" GET /a", "h * /a"])).toStrictEqual(["r0.request_methods", "r1.hosts"]);
  });

  it("are hosts that a rule does not name", () => {
    expect<string[]>(holes(["a.com * /a"])).toStrictEqual(["r0.hosts"]);
    expect<string[]>(holes(["a.com GET /a"])).toStrictEqual(["r0.request_methods", "r0.hosts"]);
    expect<string[]>(holes(["a.com * /a", " * /"])).toStrictEqual([]);
    expect<string[]>(holes(["a.com GET /a", " GET /a"])).toStrictEqual([
      "r0.request_methods",
      "r1.request_methods",
    ]);
    expect<string[]>(holes(["a.com * /a", "*.com * /a"])).toStrictEqual(["r0.hosts", "r1.hosts"]);
  });

  it("are rules that never decide", () => {
    expect<string[]>(dead([" * /", " GET /admin"])).toStrictEqual([
      "3 r1: never decides, since r0 fits all its requests",
    ]);
    expect<string[]>(dead([" GET /admin", " * /"])).toStrictEqual([]);
    expect<string[]>(dead([" GET /", " * /admin"])).toStrictEqual([]);
    expect<string[]>(dead(["a.com * /", " * /admin"])).toStrictEqual([]);
    expect<i32>(dead([" GET /a", " HEAD =/a"]).length).toBe(1);
  });
});
