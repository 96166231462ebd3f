import { readJson } from "../reference/json.js";
import { type Field, readMessage } from "../reference/protobuf.js";
import { sameStruct, structOf } from "../reference/struct.js";
import { Disagreement, type Parser, same } from "../parser.js";
import { encodePairs, type Pairs } from "../../host/pairs.js";

const u32 = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString("latin1");
};

/** A block's pairs, up to the first that does not fit; none where there is no room for so many. */
function pairsOf(block: Buffer): Pairs {
  const count = block.length < 4 ? 0 : block.readUInt32LE();
  if (count > (block.length - 4) / 10) return [];
  const found: Pairs = [];
  let at = 4 + count * 8;
  for (let i = 0; i < count; i++) {
    const [name, value] = [block.readUInt32LE(4 + i * 8), block.readUInt32LE(8 + i * 8)];
    if (at + name + value + 2 > block.length) break;
    found.push([
      block.toString("latin1", at, at + name),
      block.toString("latin1", at + name + 1, at + name + 1 + value),
    ]);
    at += name + value + 2;
  }
  return found;
}

const blocks = [
  encodePairs([]),
  encodePairs([["a", "1"]]),
  encodePairs([
    [":path", "/"],
    ["x-b", ""],
    ["c", "\ttab"],
  ]),
  encodePairs(Array.from({ length: 9 }, (_, i): [string, string] => [`n${i}`, "v"])),
];
const blockWords = [
  u32(0),
  u32(1),
  u32(2),
  u32(0xffffffff),
  u32(0x80000000),
  u32(0xfffffffe),
  "\0",
  "a\0b\0",
  ":\0",
];

const pairs: Parser = {
  name: "pairs",
  seeds: blocks,
  words: blockWords,
  largest: 160,
  judge(input, verdict, result) {
    const wanted = pairsOf(input);
    same(verdict, wanted.length, "how many pairs there are");
    for (const [name, value] of wanted) {
      same(result.latin1(), name, "a name");
      same(result.latin1(), value, "a value");
    }
  },
};

const fieldBlock: Parser = {
  name: "fieldBlock",
  seeds: blocks,
  words: [...blockWords, "\n", "\r\n", "\t", " "],
  largest: 160,
  judge(input, verdict, result) {
    const wanted = pairsOf(input);
    const good = wanted.every(
      ([name, value]) => /^[^\0-\x20]+$/.test(name) && /^[^\0-\x08\x0a-\x1f]*$/.test(value),
    );
    same(verdict === 1, good && wanted.length <= 8, "whether they can be fields");
    if (verdict === 1) same(Buffer.compare(result.bytes(), encodePairs(wanted)), 0, "the block");
  },
};

const messages = [
  "\x08\x01",
  "\x0a\x03abc\x10\xac\x02",
  "\x09\0\0\0\0\0\0\xf0\x3f\x15\x01\0\0\0",
  "\x12\x04\x0a\x02hi\xf8\xff\xff\xff\x0f\x01",
];
const messageWords = [
  "\x08",
  "\x0a",
  "\x12",
  "\x1a",
  "\x09",
  "\x0d",
  "\x80",
  "\xff\xff\xff\xff\x0f",
  "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
];

const protobuf: Parser = {
  name: "protobuf",
  seeds: messages,
  words: messageWords,
  largest: 96,
  judge(input, verdict, result) {
    const { fields, sound } = readMessage(input);
    same(verdict === 1, sound, "whether all is well");
    for (const field of fields) judgeField(field, result);
    same(result.more, false, "that there is no more");
  },
};

function judgeField(field: Field, result: Parameters<Parser["judge"]>[2]): void {
  same(result.size(), field.number, "the number of a field");
  same(result.byte(), field.type, "its type");
  same(BigInt.asUintN(64, result.integer()), field.value, "its value");
  same(result.latin1(), field.bytes.toString("latin1"), "its bytes");
}

const dnsAnswer: Parser = {
  name: "dnsAnswer",
  seeds: [u32(2) + u32(300) + u32(60) + "10.0.0.1:0\0[::1]:0\0", u32(0), u32(1) + u32(5) + "\0"],
  words: [...blockWords, "10.0.0.1:0\0"],
  largest: 96,
  judge(input, verdict, result) {
    const count = input.length < 4 ? 0 : input.readUInt32LE();
    const fits = count <= (input.length - 4) / 5 && count > 0;
    const ttls = Array.from({ length: fits ? count : 0 }, (_, i) => input.readUInt32LE(4 + i * 4));
    const texts = fits ? input.toString("latin1", 4 + count * 4).split("\0") : [];
    const addresses = texts.slice(0, -1).slice(0, count);
    same(verdict, addresses.length, "how many addresses there are");
    same(result.size(), ttls.length === 0 ? 0 : Math.min(...ttls), "how long they hold");
    for (const address of addresses)
      same(result.text(), Buffer.from(address, "latin1").toString(), "an address");
  },
};

const struct: Parser = {
  name: "struct",
  seeds: [
    structOf({ a: 1, b: "text", c: [true, null, -0.25, 1e300], d: { e: {}, f: [] } }),
    structOf({ "": '"\\\n\u0001é' }),
    structOf({}),
  ],
  words: [
    ...messageWords,
    "\x20\x01",
    "\x08\0",
    "\x2a",
    "\x32",
    "\x11\0\0\0\0\0\0\xf0\x3f",
    "\x12\x02\x20\x01",
  ],
  largest: 160,
  judge(input, verdict, result) {
    if (verdict === 1 && !isStructText(result.bytes(), input))
      throw new Disagreement("a Struct became another one");
  },
};

/** Whether a text says what a Struct does. Keys and texts are not looked at: the JSON reader that comes next does that. */
function isStructText(text: Buffer, struct: Buffer): boolean {
  const escaped = Buffer.from(text.toString("latin1").replace(/[\x80-\xff]/g, "?"), "latin1");
  const value = readJson(escaped, 1 << 24);
  if (value !== null) return sameStruct(value, struct);
  // Keys may come twice: then it is JSON all the same, which the reader refuses.
  try {
    JSON.parse(escaped.toString());
    return true;
  } catch {
    return false;
  }
}

const inMap = (key: string, value: Buffer): Buffer => {
  const entry = Buffer.concat([
    Buffer.from([0x0a, key.length]),
    Buffer.from(key),
    Buffer.from([0x12, value.length]),
    value,
  ]);
  return Buffer.concat([Buffer.from([0x0a, entry.length]), entry]);
};

const structInMap: Parser = {
  name: "structInMap",
  seeds: [
    inMap("k", structOf({ a: 1 })),
    Buffer.concat([inMap("x", structOf({ b: "" })), inMap("k", structOf({ c: [{}] }))]),
  ],
  words: [...messageWords, "\x0a\x01k\x12", "k"],
  largest: 128,
  judge(input, verdict, result) {
    if (verdict === 0) return;
    const text = result.bytes();
    const entries = readMessage(input).fields.map(({ bytes }) => readMessage(bytes).fields);
    const values = entries
      .filter(([key]) => key?.bytes.toString("latin1") === "k")
      .map(([, value]) => value?.bytes);
    if (!values.some((value) => value !== undefined && isStructText(text, value)))
      throw new Disagreement("a Struct was found where none is");
  },
};

/** An entry of the cache's with a response of a body in it. */
function entryOf(fields: Uint8Array, body: string, kind = 1): Buffer {
  const head = Buffer.alloc(64);
  head[0] = 2;
  head[1] = kind;
  head.writeUInt16LE(200, 2);
  head.writeBigUInt64LE(1n, 8);
  head.writeBigUInt64LE(2n, 16);
  head.writeUInt32LE(body.length, 56);
  head.writeUInt32LE(fields.length, 60);
  return Buffer.concat([head, fields, Buffer.alloc(kind === 1 ? 24 : 0), Buffer.from(body)]);
}

const cacheEntry: Parser = {
  name: "cacheEntry",
  seeds: [
    entryOf(
      encodePairs([
        [":status", "200"],
        ["x-cache", ""],
        ["age", ""],
      ]),
      "body",
    ),
    entryOf(
      encodePairs([
        ["x-cache", ""],
        ["age", ""],
      ]),
      "",
    ),
    entryOf(Buffer.from("accept,cookie"), "", 2),
  ],
  words: blockWords,
  largest: 256,
  judge(input, verdict, result) {
    const small = input.length < 64;
    const right =
      !small && input[0] === 2 && input.readBigUInt64LE(8) === 1n && input.readBigUInt64LE(16) === 2n;
    const [kind, fieldsSize] = right ? [input[1]!, input.readUInt32LE(60)] : [0, 0];
    const whole = right && input.length === 64 + input.readUInt32LE(56) + fieldsSize + (kind === 1 ? 24 : 0);
    const fields = input.subarray(64, 64 + fieldsSize);
    const count = whole && fieldsSize >= 34 ? fields.readUInt32LE() : 0;
    const room = kind !== 1 || (count >= 2 && count <= (fieldsSize - 18) / 8);
    same(verdict === 1, whole && (kind === 1 || kind === 2) && room, "whether it is an entry");
    if (verdict === 0) return;
    same(result.integer(), BigInt(kind), "its kind");
    const wanted = pairsOf(fields);
    for (const [name, value] of wanted) {
      same(result.latin1(), name, "a name");
      same(result.latin1(), value, "a value");
    }
    same(result.size(), wanted.length, "how many fields it has");
  },
};

/** A path with NUL between its segments; null for none that a host may know. */
function segmentsOf(name: string): string | null {
  const path = name === "start_time" ? "request.time" : name;
  const [group = "", ...names] = path.split(".");
  const rest = names.join(".");
  if (!GROUPS.includes(group) || (names.length === 0 ? !group.startsWith("plugin_") : rest === ""))
    return null;
  if (names.length === 0) return path;
  const dot = rest.indexOf(".");
  if (group === "xds") return path.replaceAll(".", "\0");
  if ((group === "request" || group === "response") && dot > 0) return `${group}\0${rest.replace(".", "\0")}`;
  const last = rest.lastIndexOf(".");
  if (group === "metadata" && last > dot)
    return [group, rest.slice(0, dot), rest.slice(dot + 1, last), rest.slice(last + 1)].join("\0");
  return `${group}\0${rest}`;
}

const GROUPS =
  "request response source destination connection upstream xds metadata filter_state upstream_filter_state".split(
    " ",
  );
GROUPS.push("plugin_name", "plugin_root_id", "plugin_vm_id");

const propertyPath: Parser = {
  name: "propertyPath",
  seeds: [
    "request.headers.x.y",
    "start_time",
    "xds.node.metadata.A",
    "metadata.filter_metadata.a.b.c",
    "plugin_name",
    "filter_state.a.b",
  ],
  words: [
    ...GROUPS,
    ".",
    "..",
    ".headers.",
    ".size",
    ".filter_metadata.",
    " ",
    "id",
    "request.id",
    "\xc3\xa9",
    "mtls",
  ],
  largest: 64,
  judge(input, verdict, result, asked) {
    const wanted = segmentsOf(input.toString("utf8"));
    same(verdict === 1, wanted !== null, "whether it is a path");
    if (wanted === null) return;
    same(result.byte(), Number(wanted.startsWith("request\0")), "whether it is of the request");
    const older = wanted.startsWith("xds\0") ? [wanted.slice(4)] : [];
    const paths = [wanted, ...older].map((path) => Buffer.from(path, "utf8").toString("latin1"));
    same(asked.join(" "), paths.join(" "), "what the host is asked for");
  },
};

export const wireParsers = [
  pairs,
  fieldBlock,
  protobuf,
  dnsAnswer,
  struct,
  structInMap,
  cacheEntry,
  propertyPath,
];
