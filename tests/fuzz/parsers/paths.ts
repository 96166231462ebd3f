import { Disagreement, type Parser, same } from "../parser.js";

const decodedOnce = (text: string) =>
  text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));

const withoutQuery = (target: string) => target.replace(/[?#][^]*$/, "");

/** The path that a lenient server may take one for: segment by segment, decoded once. */
function normalPath(target: string): string {
  const segments = withoutQuery(target)
    .split(/[/\\]|%2f|%5c/i)
    .map((segment) => decodedOnce(segment.replace(/;[^]*$/, "")));
  if (segments[0] === "" && segments.length > 1) segments.shift();
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "." && segment !== "") kept.push(segment);
  }
  const isFolder = ["", ".", ".."].includes(segments.at(-1)) && kept.length > 0;
  return `/${kept.join("/")}${isFolder ? "/" : ""}`;
}

const under = (path: string, prefix: string) =>
  path === prefix || (prefix !== "" && path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`));

/** Bytes as text that came by way of a string: what is not UTF-8 is U+FFFD. A character a byte. */
const throughText = (text: string) => Buffer.from(Buffer.from(text, "latin1").toString()).toString("latin1");

const words = [
  ..."/ // . .. /. /.. /../ /./ %2e %2E %2f %5c %25 %252e %2 % ; ;a= \\ ? # a b /api /admin %00 %c0%af http:// : @".split(
    " ",
  ),
  "\xc3\xa9",
];

const path: Parser = {
  name: "path",
  seeds: [
    "/a/b?c=d#e",
    "/a/../b/./c//d/",
    "/%2e%2e/%61dmin;x=1/y",
    "http://host/a",
    "\\a\\..\\b",
    "/a%2fb%5C..",
    ";/..;x/a",
  ],
  words,
  largest: 64,
  judge(input, _verdict, result) {
    const target = input.toString("latin1");
    same(result.latin1(), withoutQuery(target), "the path without its query");
    same(result.latin1(), withoutOrigin(target), "the path without its origin");
    const normal = result.latin1();
    same(normal, normalPath(target), "the normal path");
    if (!/^\/(?!\/)/.test(normal) || /\/(?:\.{0,2})\//.test(normal) || /\/\.{1,2}$/.test(normal))
      throw new Disagreement(`a normal path that is none: ${normal}`);
    // What was decoded may be encoded again, and may end a path.
    const again = result.latin1();
    if (!/[%;?#\\]/.test(normal)) same(again, normal, "the normal path's normal path");
  },
};

const withoutOrigin = (target: string) => {
  const [, rest] = /^[^/:]*:\/\/[^/]*([^]*)$/.exec(target) ?? [];
  return rest === undefined ? target : rest || "/";
};

const pathPrefix: Parser = {
  name: "pathPrefix",
  seeds: ["/api\0/api/x", "/api/\0/api", "/a/../b\0/b/c?d", "/%61\0/a", "/\0/x", "api\0/api"],
  words: [...words, "\0", "/api\0/api"],
  largest: 64,
  judge(input, verdict) {
    const [given = "", ...rest] = input.toString("latin1").split("\0");
    const prefix = throughText(given);
    const target = rest.join("\0");
    const isOne = /^\/[^?#]*$/.test(prefix);
    const asItCame = under(withoutQuery(target), prefix);
    const normal = under(normalPath(target), normalPath(prefix));
    const wanted = isOne ? 1 + 2 * Number(asItCame || normal) + 4 * Number(asItCame && normal) : 0;
    same(verdict, wanted, "what lies under the prefix");
  },
};

const withoutEndSlash = (text: string) => text.replace(/\/+$/, "");
const lowerCase = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Whether a text is a pattern for a part of a path: 0 all of it, 1 its begin, 2 its end. */
function isPattern(part: number, text: string): boolean {
  if (text === "" || /[\0-\x1f\x7f?#%;\\]/.test(text) || /\/(?:\.{1,2})?(?:\/)|\/\.{1,2}$/.test(text))
    return false;
  return part === 2 ? withoutEndSlash(text) !== "" : text.startsWith("/");
}

function fitsPattern(part: number, text: string, path: string): boolean {
  const [pattern, whole] = [withoutEndSlash(text), withoutEndSlash(path)];
  if (part === 0) return whole === pattern;
  if (part === 2) return whole.endsWith(pattern);
  return path.startsWith(text) || (text.endsWith("/") && path === pattern);
}

const pathPattern: Parser = {
  name: "pathPattern",
  seeds: [
    "/admin\0/admin/x\0/admin/",
    "/Api/\0/api\0/api/v1",
    ".php\0x.php\0/a/x.PHP/",
    "/\0/\0/",
    "/a/../b\0a\0/b",
  ],
  words: [...words, "\0", ".php", "/API", "\0/a\0/a"],
  largest: 64,
  judge(input, verdict) {
    const [given = "", , ...rest] = input.toString("latin1").split("\0");
    const text = throughText(given);
    const target = rest.join("\0");
    for (let i = 0; i < 6; i++) {
      const [part, bits] = [i >> 1, (verdict >> (i * 2)) & 3];
      const [a, b] = (i & 1) !== 0 ? [lowerCase(text), lowerCase(target)] : [text, target];
      const wanted = isPattern(part, text) ? 1 + 2 * Number(fitsPattern(part, a, b)) : 0;
      same(bits, wanted, `what a pattern fits (${i})`);
    }
  },
};

const query: Parser = {
  name: "query",
  seeds: ["/a?b=c&d=e+f&&g&=h#i?j=k", "?a=%2B%zz%4", "/no/query", "a#b?c=d", "?%26=%3D&a=b=c"],
  words: [..."? & = + % %20 %2 %zz # a b=c %3d %26 ;".split(" ")],
  largest: 64,
  judge(input, verdict, result) {
    const [, text = ""] = /^[^?]*\?([^]*)$/.exec(input.toString("latin1").replace(/#[^]*$/, "")) ?? [];
    const parameters = text.split("&").filter((part) => part !== "");
    same(verdict, parameters.length, "how many parameters there are");
    for (const parameter of parameters) {
      const [name = "", ...value] = parameter.split("=");
      same(result.latin1(), decodedOnce(name.replaceAll("+", " ")), "a name");
      same(result.latin1(), decodedOnce(value.join("=").replaceAll("+", " ")), "a value");
    }
    if (/[^\x20-\x7e]|%[89a-f]/i.test(text)) return;
    // As browsers read what is ASCII.
    same(
      [...new URLSearchParams(`&${text}`)].length,
      parameters.length,
      "how many parameters a browser finds",
    );
  },
};

/** The host of an authority. */
function hostOf(authority: string): string {
  const rest = authority.slice(authority.lastIndexOf("@") + 1);
  const [, before = ""] = /^([^]*):[0-9]*$/.exec(rest) ?? [];
  const hasPort = /:[0-9]*$/.test(rest) && (before.endsWith("]") || !before.includes(":"));
  return (hasPort ? before : rest).replace(/\.$/, "");
}

const authorityWords = [
  ..."a example.com . * *. .* : :80 [::1] [ ] @ user:pw@ A.B ..".split(" "),
  "\xc3\xa9",
];

const authority: Parser = {
  name: "authority",
  seeds: ["example.com:8080", "user@example.com.", "[::1]:80", "::1", "a:b:1", ":80", "a.:", "x@[::1]"],
  words: authorityWords,
  largest: 40,
  judge(input, _verdict, result) {
    same(result.latin1(), hostOf(input.toString("latin1")), "the host");
  },
};

/** What a pattern asks of a host; null for what is none. */
function hostPatternOf(text: string): ((authority: string) => boolean) | null {
  if (text === "*") return () => true;
  const whole = lowerCase(hostOf(text));
  const below = whole.length > 1 && whole.startsWith("*.");
  const above = !below && whole.length > 1 && whole.endsWith(".*");
  const fixed = below ? whole.slice(1) : above ? whole.slice(0, -1) : whole;
  const bare = text.split(":").length > 2 && !text.startsWith("[");
  if (fixed === "" || fixed === "." || /[\0-\x20*/]/.test(fixed) || text.includes("@") || bare) return null;
  return (authority) => {
    const host = lowerCase(hostOf(authority));
    if (below) return host.length > fixed.length && host.endsWith(fixed);
    return above ? host.length > fixed.length && host.startsWith(fixed) : host === fixed;
  };
}

const hostPattern: Parser = {
  name: "hostPattern",
  seeds: [
    "*.example.com\0a.example.com\0b.a.example.com:80",
    "example.*\0example.com\0Example.COM.",
    "*\0[::1]\0[::1]:1",
    "a.*\0*.a\0a.a",
  ],
  words: [...authorityWords, "\0", "*.example.com\0"],
  largest: 64,
  judge(input, verdict) {
    const [first = "", second = "", ...rest] = input.toString("latin1").split("\0");
    const target = rest.join("\0");
    const [a, b] = [hostPatternOf(throughText(first)), hostPatternOf(throughText(second))];
    const [isOne, fits, covers] = [verdict & 1, verdict & 2, verdict & 4];
    same(isOne !== 0, a !== null, "whether it is a pattern");
    if (a !== null) same(fits !== 0, a(target), "whether it fits");
    same((verdict & 8) !== 0, b !== null, "whether the second is a pattern");
    if (b !== null) same((verdict & 16) !== 0, b(target), "whether the second fits");
    if (covers !== 0 && b!(target) && !a!(target)) throw new Disagreement("a wider pattern does not fit");
  },
};

export const pathParsers = [path, pathPrefix, pathPattern, query, authority, hostPattern];
