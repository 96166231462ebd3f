import { isUtf8 } from "node:buffer";
import { Disagreement, type Parser, same } from "../parser.js";
import type { Result } from "../target.js";

const characters =
  "a \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xed\xa0\x80 \xed\xb0\x80 \xc0\x80 \xe0\x80\xaf \xf4\x90\x80\x80 \xf0\x9f \xe2\x82 \xef\xbb\xbf \xef\xbf\xbd \xc2\x85 \xe2\x80\xa8 \xe2\x80\xae".split(
    " ",
  );
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

const utf8: Parser = {
  name: "utf8",
  seeds: ["plain ASCII that is longer than eight bytes", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\xff"],
  words: characters,
  largest: 128,
  judge(input, _verdict, result) {
    const text = lenient.decode(input);
    same(result.units(), text, "the text");
    same(result.text(), text, "the text in UTF-8 again");
  },
};

const utf16: Parser = {
  name: "utf16",
  seeds: ["a\0b\0c\0d\0e\0", "\x3d\xd8\x00\xde", "\x00\xd8", "\x00\xdc\x00\xd8a\0\xe9\0\xac\x20"],
  words: [
    "a\0",
    "\x3d\xd8",
    "\x00\xde",
    "\xe9\0",
    "\xac\x20",
    "abcd".replace(/./g, "$&\0"),
    "\xff\xff",
    "\x80\0",
  ],
  largest: 128,
  judge(input, _verdict, result) {
    const text = input.subarray(0, input.length & ~1).toString("utf16le");
    same(Buffer.compare(result.bytes(), Buffer.from(text, "utf8")), 0, "the text in UTF-8");
  },
};

/** Strict base64, or hexadecimal digits: what Node reads, if it writes that in the same way again. */
function encoding(name: "base64" | "base64url" | "hex", words: string[], seeds: string[]): Parser {
  const unified = (text: string) => (name === "hex" ? text.toLowerCase() : text);
  return {
    name,
    seeds,
    words,
    largest: 128,
    judge(input, verdict, result) {
      const text = input.toString("latin1");
      const bytes = Buffer.from(text, name);
      same(verdict === 1, bytes.toString(name) === unified(text), "whether it is taken");
      if (verdict === 0) return;
      same(Buffer.compare(result.bytes(), bytes), 0, "the bytes");
      same(result.latin1(), unified(text), "the bytes as text");
    },
  };
}

const sextets = "QUJD AA AAA AAAA A == = / + - _ Zm9v\x80 \n".split(" ");

/** The bytes that a line of a log says. */
function unescaped(line: string): Buffer {
  const whole = line.replace(
    /\\(?:x([0-9a-f]{2})|u\{([0-9a-f]+)\}|([nrt\\]))|([^\\])/gu,
    (all, byte?: string, code?: string, letter?: string) => {
      if (byte !== undefined) return String.fromCharCode(parseInt(byte, 16));
      if (letter !== undefined) return { n: "\n", r: "\r", t: "\t", "\\": "\\" }[letter]!;
      const character = code === undefined ? all : String.fromCodePoint(parseInt(code, 16));
      return Buffer.from(character, "utf8").toString("latin1");
    },
  );
  return Buffer.from(whole, "latin1");
}

/** Controls, what separates lines, and what turns the direction of text. */
const UNFIT = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

const visible: Parser = {
  name: "visible",
  seeds: [
    "a line\r\n\x1b[31mred",
    "\\n is not a line feed",
    "\xe2\x80\xa8\xe2\x80\xae\xc2\x85\xef\xbb\xbf\xd8\x9c",
    "\xe2\x81\xa6\xe2\x80\x8e",
  ],
  words: [
    ...characters,
    "\\",
    "\\n",
    "\n",
    "\r",
    "\t",
    "\x1b[2J",
    "\x7f",
    "\xd8\x9c",
    "\xe2\x81\xa6",
    "\xe2\x80\x8e",
  ],
  largest: 96,
  judge(input, _verdict, result) {
    const line = result.text();
    if (UNFIT.test(line))
      throw new Disagreement(`a line of a log with what does not belong there: ${JSON.stringify(line)}`);
    same(unescaped(line).toString("latin1"), input.toString("latin1"), "what the line says");
  },
};

const LONGEST_LABEL = 128;

/** A label's value, character by character. */
function labelOf(input: Buffer): string {
  const out: Buffer[] = [];
  let length = 0;
  for (let at = 0; at < input.length;) {
    const lead = input[at]!;
    let size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    let character = input.subarray(at, at + size);
    const unfit =
      !isUtf8(character) || character.length < size || /[\p{Cc}\s"#,.:;=\\|]/u.test(ascii(character));
    if (unfit) {
      character = Buffer.from("_");
      size = 1;
    }
    if (length + character.length > LONGEST_LABEL) break;
    out.push(character);
    length += character.length;
    at += size;
  }
  return Buffer.concat(out).toString("latin1");
}

/** Characters that are only looked at for control: Unicode's white space beyond ASCII may be in a label. */
const ascii = (character: Buffer) =>
  character.length > 2 ? "" : character.toString("utf8").replace("\u00a0", "");

const labelValue: Parser = {
  name: "labelValue",
  seeds: ["GET", 'a.b:c;d=e|f\\g"h#i,j k', "\xc2\x85\xc2\xa0\xe2\x82\xac", "x".repeat(127) + "\xc3\xa9"],
  words: [...characters, ...'= ; . .;. =.= | \\ " # ,'.split(" "), "\x00", "x".repeat(100)],
  largest: 160,
  judge(input, _verdict, result) {
    same(result.latin1(), labelOf(input), "the label's value");
  },
};

const replacer: Parser = {
  name: "replacer",
  seeds: [
    "ab\0x\0abcabab",
    "aa\0a\0aaaaaaaaa",
    "aab\0\0aaaabaabaaaab",
    "abcabd\0-\0abcabcabd, abcabcabdabcabd",
  ],
  words: [..."a b aa ab aab abcab abcabd".split(" "), "\0", "\0\0", "aaaaaaaa", "\xff"],
  largest: 128,
  judge(input, verdict, result) {
    const [wanted = "", replacement = "", ...rest] = input.toString("latin1").split("\0");
    const pieces = wanted === "" ? [] : rest.join("\0").split(wanted);
    const count = Math.max(0, pieces.length - 1);
    same(verdict, count, "how often it was found");
    same(result.latin1(), count === 0 ? "" : pieces.join(replacement), "the text that comes of it");
  },
};

/** What JavaScript's expressions see as RE2 does, in a time that is no burden: few repetitions, none of a group. */
function comparable(pattern: string, text: string): boolean {
  const repetitions = pattern.match(/[*+?{]/g)?.length ?? 0;
  return repetitions <= 4 && !/\)[*+?{]/.test(pattern) && text.length <= 48 && /^[\x20-\x7e\n]*$/.test(text);
}

function judgeRegex(pattern: string, text: string, result: Result): void {
  const expression = new RegExp(pattern, "g");
  const groups = pattern.replace(/\\.|\[(?:\\.|[^\]])*\]/g, "x").match(/\((?!\?)/g)?.length ?? 0;
  same(result.size(), groups, "how many groups there are");
  same(result.byte(), 0, "that it fits");
  if (!comparable(pattern, text)) return;
  let end = -1;
  let count = 0;
  // RE2 takes no empty match right behind another one.
  const wanted = text.replace(expression, (match: string, ...more: unknown[]) => {
    const offset = more[groups] as number;
    if (match === "" && offset === end) return "";
    end = offset + match.length;
    count += 1;
    return `<${match}>`;
  });
  same(result.latin1(), count === 0 ? "" : wanted, "the text that comes of it");
}

const regex: Parser = {
  name: "regex",
  seeds: [
    "^/api/v(\\d+)/(.*)$\0/api/v2/users",
    "(a|ab)(c|bcd)\0abcd",
    "[^/]+?x{2,5}|$\0abxxx/xx",
    "(?:a{1,9}b?)\\.[\\w\\-]\0aab.-",
  ],
  words: [
    ..."a b . \\. \\d \\W ^ $ ( (?: ) | * + ? {2} {0,3} {1,} {64} [a-c] [^a] [-a] [\\d-x] \\] { } \\ [ ]".split(
      " ",
    ),
    "\0",
    "\n",
  ],
  largest: 96,
  judge(input, verdict, result) {
    const [pattern = "", ...rest] = input.toString("latin1").split("\0");
    if (verdict > 0) return judgeRegex(pattern, rest.join("\0"), result);
    const place = /^character (\d+): ./.exec(result.text())?.[1];
    if (place === undefined || Number(place) > pattern.length + 1)
      throw new Disagreement("a mistake without its place");
  },
};

export const textParsers = [
  utf8,
  utf16,
  encoding("base64", sextets, ["", "QQ==", "QUI=", "QUJD", "QR==", "QUJ=", "a+/9"]),
  encoding("base64url", sextets, ["", "QQ", "QUI", "QUJD", "QR", "a-_9"]),
  encoding("hex", [..."00 ff A g : /".split(" ")], ["", "00ff", "AbCd", "0"]),
  visible,
  labelValue,
  replacer,
  regex,
];
