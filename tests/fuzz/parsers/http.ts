import { Disagreement, type Parser, same } from "../parser.js";

const MOST_SECONDS = 2n ** 31n;
const NO_DATE = -(2n ** 63n);

const trimmed = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, "");

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAY = "sun|mon|tue|wed|thu|fri|sat";
const LONG_DAY = "sunday|monday|tuesday|wednesday|thursday|friday|saturday";
const TIME = String.raw`(?<time>\d\d:\d\d:\d\d)`;
const MONTH = `(?<month>${MONTHS.join("|")})`;
const FORMS = [
  `(?:${DAY}), (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} gmt`,
  `(?:${LONG_DAY}), (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} gmt`,
  `(?:${DAY}) ${MONTH} (?<day> \\d|\\d\\d) ${TIME} (?<year>\\d{4})`,
].map((form) => new RegExp(`^${form}$`, "i"));
/** What the parsers take for now lies in it. */
const THIS_YEAR = 2023;

/** The seconds since 1970 that a date of HTTP says, by the calendar of JavaScript; null for none. */
function dateOf(text: string): number | null {
  const found = FORMS.map((form) => form.exec(trimmed(text))?.groups).find((groups) => groups !== undefined);
  if (found === undefined) return null;
  const [hour, minute, second] = found["time"]!.split(":").map(Number) as [number, number, number];
  const [day, month] = [Number(found["day"]), MONTHS.indexOf(found["month"]!.toLowerCase())];
  let year = Number(found["year"]);
  if (found["year"]!.length === 2) year += year + 2000 > THIS_YEAR + 50 ? 1900 : 2000;
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month, day);
  const exists = midnight.getUTCMonth() === month && midnight.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 60) return null;
  return midnight.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}

const date: Parser = {
  name: "date",
  seeds: [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Thu, 29 Feb 2024 23:59:60 GMT",
    "Mon Feb 29 00:00:00 1900",
  ],
  words: [
    ..."Sun, Mon Tue Sunday, Nov Feb 29 30 31 00 60 59 24 1900 2000 2024 0000 9999 GMT gmt -Feb- -73 -74 :60".split(
      " ",
    ),
    " ",
    "  ",
    "\t",
  ],
  largest: 48,
  judge(input, verdict, result) {
    const seconds = dateOf(input.toString("latin1"));
    same(verdict === 1, seconds !== null, "whether it is a date");
    const found = result.integer();
    same(found, seconds === null ? NO_DATE : BigInt(seconds), "its seconds");
    const written = result.text();
    const nearest = Math.max(0, Math.min(seconds ?? -1, 253402300799));
    same(written, new Date(nearest * 1000).toUTCString(), "the date as it is written");
  },
};

const secondsOf = (text: string): bigint => {
  if (!/^[0-9]+$/.test(text)) return -1n;
  return BigInt(text) < MOST_SECONDS ? BigInt(text) : MOST_SECONDS;
};

const deltaSeconds: Parser = {
  name: "deltaSeconds",
  seeds: ["", "0", "60", "2147483648", "99999999999999999999"],
  words: [..."0 9 2147483647 2147483648 - + . 1e3".split(" "), " "],
  largest: 40,
  judge(input, _verdict, result) {
    same(result.integer(), secondsOf(input.toString("latin1")), "the seconds");
  },
};

/** The members of a list: what lies between commas outside of quotes. */
function membersOf(text: string): string[] {
  const member = /(?:[^,"]|"(?:[^"\\]|\\[^])*(?:"|\\?$))+|,/g;
  return (text.match(member) ?? [])
    .filter((found) => found !== ",")
    .map(trimmed)
    .filter((found) => found !== "");
}

const listMembers: Parser = {
  name: "listMembers",
  seeds: ['a, "b, c" ,,d', '"open, to the end', '"a\\", b", c', 'x"y,z"w,"\\'],
  words: [', | ,|"|\\|\\"|a|\t|"a,b"|""|\\\\'.split("|")].flat(),
  largest: 64,
  judge(input, verdict, result) {
    const wanted = membersOf(input.toString("latin1"));
    same(verdict, wanted.length, "how many members there are");
    for (const member of wanted) same(result.latin1(), member, "a member");
  },
};

const opaque = (tag: string) => trimmed(tag).replace(/^W\/(?=[^])|^W\/$/, "");

const entityTags: Parser = {
  name: "entityTags",
  seeds: ['"a"\0W/"a"\0"b", W/"a"', '\0"x"\0*', 'W/"\0W/\0W/, "'],
  words: ['"a"|W/|W/"a"|*|"|,| |w/"a"|"a,b"'.split("|"), "\0"].flat(),
  largest: 64,
  judge(input, verdict) {
    const [first = "", second = "", ...rest] = input.toString("latin1").split("\0");
    const members = membersOf(rest.join("\0"));
    const strong = /^"[^]/.test(trimmed(first));
    const listed = members.some(
      (member) => member === "*" || (first !== "" && opaque(member) === opaque(first)),
    );
    same(
      verdict,
      Number(strong) + 2 * Number(opaque(first) === opaque(second)) + 4 * Number(listed),
      "the comparisons",
    );
  },
};

interface Control {
  flags: Set<string>;
  times: Map<string, bigint>;
  fields: string[];
  wellFormed: boolean;
  present: boolean;
}

/** The directives of `cache-control`, by name. */
function controlOf(values: string[]): Control {
  const control: Control = {
    flags: new Set(),
    times: new Map(),
    fields: [],
    wellFormed: true,
    present: false,
  };
  for (const directive of values.flatMap(membersOf)) {
    control.present = true;
    const [, given = "", equals, after = ""] = /^([^=]*)(=?)([^]*)$/.exec(directive)!;
    const name = trimmed(given).toLowerCase();
    // White space before the equals sign makes an argument that is none.
    const argument = trimmed(given) === given ? after : directive;
    const quoted = /^"([^]*)"$/.exec(argument)?.[1];
    const seconds = secondsOf(quoted ?? argument);
    if (name === "max-age" || name === "s-maxage") {
      const before = control.times.get(name);
      if (seconds < 0n) control.wellFormed = false;
      control.times.set(name, seconds < 0n || (before !== undefined && before !== seconds) ? 0n : seconds);
    } else if (name === "max-stale" && equals === "" && trimmed(given) === given) {
      control.times.set(name, MOST_SECONDS);
    } else if (/^(?:min-fresh|max-stale|stale-while-revalidate|stale-if-error)$/.test(name)) {
      if (seconds < 0n) control.wellFormed = false;
      control.times.set(name, seconds);
    } else if (name === "no-cache" || name === "private") {
      const named = quoted === undefined ? [] : membersOf(quoted);
      control.fields.push(...named);
      if (named.length === 0) control.flags.add(name);
    } else control.flags.add(name);
  }
  return control;
}

const cacheControl: Parser = {
  name: "cacheControl",
  seeds: [
    'max-age=60, s-maxage="30", public, must-revalidate\0no-store',
    'private="a, b", no-cache="set-cookie", no-cache, max-stale',
    "min-fresh=1,max-stale=2,stale-while-revalidate=3,stale-if-error=4,only-if-cached,proxy-revalidate,must-understand",
    "max-age=1, max-age=2, max-age =3, max-age= 4",
  ],
  words: [
    ...'max-age= s-maxage= public private no-cache no-store must-revalidate max-stale min-fresh= =" " , = 0 1 -1'.split(
      " ",
    ),
    ..."stale-if-error=5 stale-while-revalidate= only-if-cached must-understand proxy-revalidate Max-Age=7 2147483648".split(
      " ",
    ),
    " ",
    "\0",
    '="a,b"',
  ],
  largest: 128,
  judge(input, verdict, result) {
    const [first = "", ...rest] = input.toString("latin1").split("\0");
    const control = controlOf([first, rest.join("\0")]);
    same(verdict === 1, control.wellFormed, "whether all could be read");
    const flags =
      "no-store no-cache private public must-revalidate proxy-revalidate must-understand only-if-cached";
    for (const flag of flags.split(" ")) same(result.byte(), Number(control.flags.has(flag)), flag);
    same(result.byte(), Number(control.present), "whether there is any directive");
    const times = "max-age s-maxage min-fresh max-stale stale-while-revalidate stale-if-error";
    for (const time of times.split(" ")) same(result.integer(), control.times.get(time) ?? -1n, time);
    for (const name of control.fields)
      same(result.text(), Buffer.from(name, "latin1").toString(), "a field's name");
    same(result.more, false, "that there are no more names");
  },
};

const credentials: Parser = {
  name: "credentials",
  seeds: ["Basic QWxhZGRpbjpvcGVu", " bAsIc  x y ", "Basic", "Basic ", "Bearer x"],
  words: ["Basic", "basic ", " ", "\t", "Bearer ", "a"],
  largest: 32,
  judge(input, verdict, result) {
    const found = /^basic +([^]+)$/i.exec(trimmed(input.toString("latin1")))?.[1];
    same(verdict === 1, found !== undefined, "whether there are any");
    if (found !== undefined) same(result.latin1(), found, "the credentials");
  },
};

const field: Parser = {
  name: "field",
  seeds: ["x-name", "a value with\ttabs", "line\r\nbreak: x", "", ":path", "caf\xe9"],
  words: ["\r\n", "\0", "\t", " ", "\x7f", "!#$%&'*+-.^_`|~", "(", "12345678", "\x80"],
  largest: 48,
  judge(input, verdict) {
    const text = input.toString("latin1");
    const value = !/[\0-\x08\x0a-\x1f]/.test(text);
    const name = /^[^\0-\x20]+$/.test(text);
    const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);
    same(verdict, Number(value) + 2 * Number(name) + 4 * Number(token), "what it may be");
    if (token && !name) throw new Disagreement("a token that is no name");
  },
};

export const httpParsers = [date, deltaSeconds, listMembers, entityTags, cacheControl, credentials, field];
