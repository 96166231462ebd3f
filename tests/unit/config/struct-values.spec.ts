import { ProtobufWriter, decodeSlice, sliceOf } from "as-proxy-wasm";
import { parseJson } from "as-proxy-wasm/assembly/config/json";
import { structToJson } from "as-proxy-wasm/assembly/config/struct";

/** A Struct whose only field has these bytes for its value, as JSON text; "" where it is none. */
function text(value: Uint8Array): string {
  const entry = new ProtobufWriter().string(1, "n").bytes(2, value).finish();
  return decodeSlice(structToJson(sliceOf(new ProtobufWriter().bytes(1, entry).finish())));
}

function bytes(tag: u8, byte: u8): Uint8Array {
  const made = new Uint8Array(2);
  made[0] = tag;
  made[1] = byte;
  return made;
}

const NULL: u8 = 0x08;
const BOOL: u8 = 0x20;

function numberText(value: f64): string {
  const member = text(new ProtobufWriter().double(2, value).finish());
  return member.substring('{"n":'.length, member.length - 1);
}

/** What the SDK reads from the text that a double becomes. */
function readAgain(value: f64): f64 {
  const entry = new ProtobufWriter()
    .string(1, "n")
    .bytes(2, new ProtobufWriter().double(2, value).finish())
    .finish();
  const json = parseJson(structToJson(sliceOf(new ProtobufWriter().bytes(1, entry).finish())));
  return json.asF64(json.member(json.root, "n"));
}

describe("a value of a Struct", () => {
  it("is null, false or true by one byte", () => {
    expect<string>(text(bytes(NULL, 0))).toBe('{"n":null}');
    expect<string>(text(bytes(BOOL, 0))).toBe('{"n":false}');
    expect<string>(text(bytes(BOOL, 1))).toBe('{"n":true}');
  });

  it("is none where its number is cut off", () => {
    for (let byte = 0x80; byte <= 0xff; byte++) {
      expect<string>(text(bytes(NULL, <u8>byte))).toBe("");
      expect<string>(text(bytes(BOOL, <u8>byte))).toBe("");
    }
  });

  it("is a number as people write it", () => {
    expect<string>(numberText(0)).toBe("0");
    expect<string>(numberText(-1)).toBe("-1");
    expect<string>(numberText(10)).toBe("10");
    expect<string>(numberText(1500)).toBe("1500");
    expect<string>(numberText(0.1)).toBe("1e-1");
    expect<string>(numberText(-12.75)).toBe("-1275e-2");
    expect<string>(numberText(9007199254740991)).toBe("9007199254740991");
    expect<string>(numberText(1e16)).toBe("10000000000000000");
    expect<string>(numberText(1e300)).toBe("1000000000000000e285");
  });

  it("is the same number when it is read again, or the one beside it now and then", () => {
    const hard: f64[] = [
      0.1 + 0.2,
      1 / 3.0,
      2 / 3.0,
      123456789.123456789,
      1753056000.1234567,
      9007199254740992.0,
      1000000000000000128.0,
      9223372036854774784.0,
      -0.1 - 0.7,
    ];
    for (let i = 0; i < hard.length; i++) expect<f64>(readAgain(hard[i])).toBe(hard[i]);
    let bits: u64 = 0x9e3779b97f4a7c15;
    let others = 0;
    let distant = 0;
    for (let i = 0; i < 20000; i++) {
      bits ^= bits << 13;
      bits ^= bits >> 7;
      bits ^= bits << 17;
      // From 2^-13 to 2^63, with any fraction.
      const exponent: u64 = 1023 - 13 + ((bits >> 52) % 76);
      const value = reinterpret<f64>((exponent << 52) | (bits & 0xfffffffffffff));
      const read = readAgain(value);
      if (read != value) others += 1;
      if (abs<i64>(reinterpret<i64>(read) - reinterpret<i64>(value)) > 1) distant += 1;
    }
    expect<i32>(distant).toBe(0);
    expect<bool>(others < 100).toBe(true);
  });
});
