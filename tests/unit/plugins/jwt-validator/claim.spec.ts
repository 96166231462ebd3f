import { NO_NODE, parseJsonText } from "as-proxy-wasm";
import { claimAt, claimText, hasClaim } from "../../../../plugins/jwt-validator/claim";

const CLAIMS =
  '{"sub":"ann","n":12.50,"big":9007199254740993,"ok":true,"z":null,"roles":["a",1,false],"none":[],' +
  '"a.b":"whole","a":{"b":"path","c":{"d":"deep"}},"":"nameless","o":{"":{"x":"y"}},"x.y.z":1,' +
  '"comma":"a,b","commas":["a,b"],"emptyItem":["a",""],"nested":[["a"]],"objects":[{}],"lf":"a\\nb","nul":"a\\u0000",' +
  '"del":"a\\u007f","tab":"a\\tb","left":" a","right":"a ","inside":"a b","item":["a "],"uni":"Zo\\u00eb \\u732b","empty":""}';

function text(path: string): string {
  const claims = parseJsonText(CLAIMS);
  const found = claimText(claims, claimAt(claims, path));
  return found === null ? "nothing" : "<" + found + ">";
}

describe("a claim", () => {
  it("is found by its name first, then by a path", () => {
    expect<string>(text("sub")).toBe("<ann>");
    expect<string>(text("a.b")).toBe("<whole>");
    expect<string>(text("a.c.d")).toBe("<deep>");
    expect<string>(text("x.y.z")).toBe("<1>");
    expect<string>(text("")).toBe("<nameless>");
    expect<string>(text("o..x")).toBe("<y>");
  });

  it("is nothing where there is none", () => {
    const paths = ["a.c.d.e", "sub.x", "roles.0", "a.", ".", "..", ".a", "Sub", "x.y", "none.a", "z.a"];
    for (let i = 0; i < paths.length; i++) expect<string>(text(paths[i])).toBe("nothing", paths[i]);
    const claims = parseJsonText("[]");
    expect<i32>(claimAt(claims, "a.b")).toBe(NO_NODE);
    expect<string | null>(claimText(claims, NO_NODE)).toBe(null);
  });

  it("is said as it is where a header can say it", () => {
    expect<string>(text("n") + text("big") + text("ok")).toBe("<12.50><9007199254740993><true>");
    expect<string>(text("roles") + text("none") + text("empty")).toBe("<a,1,false><><>");
    expect<string>(text("uni") + text("comma") + text("inside")).toBe("<Zoë 猫><a,b><a b>");
  });

  it("is left out where a header would say something else", () => {
    const paths = [
      "z",
      "a",
      "commas",
      "emptyItem",
      "nested",
      "objects",
      "lf",
      "nul",
      "del",
      "tab",
      "left",
      "right",
      "item",
    ];
    for (let i = 0; i < paths.length; i++) expect<string>(text(paths[i])).toBe("nothing", paths[i]);
  });

  it("is there with any value but null", () => {
    const claims = parseJsonText(CLAIMS);
    expect<bool>(hasClaim(claims, "empty") && hasClaim(claims, "none") && hasClaim(claims, "a.c")).toBe(true);
    expect<bool>(hasClaim(claims, "z") || hasClaim(claims, "absent") || hasClaim(claims, "a.x")).toBe(false);
  });
});
