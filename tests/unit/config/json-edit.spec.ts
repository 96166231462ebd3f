import { JsonError, parseJson } from "as-proxy-wasm/assembly/config/json";
import { JsonEdits } from "as-proxy-wasm/assembly/config/json-edit";
import { JsonPath } from "as-proxy-wasm/assembly/config/json-path";
import { decodeSlice, encode } from "as-proxy-wasm/assembly/runtime/utf8";

function pathOf(text: string): JsonPath {
  return <JsonPath>JsonPath.parse(text);
}

function set(text: string, path: string, value: string): string {
  const edits = new JsonEdits();
  edits.set(pathOf(path), encode(value));
  return decodeSlice(edits.apply(encode(text)));
}

function removed(text: string, path: string): string {
  const edits = new JsonEdits();
  edits.remove(pathOf(path));
  return decodeSlice(edits.apply(encode(text)));
}

function renamed(text: string, path: string, key: string): string {
  const edits = new JsonEdits();
  edits.rename(pathOf(path), pathOf(key));
  return decodeSlice(edits.apply(encode(text)));
}

describe("a path into JSON", () => {
  it("is keys and indexes", () => {
    const good = [
      "a",
      "a.b",
      "a[0]",
      "[0]",
      "[0][12].a",
      "a b.é",
      "a\\.b",
      "a\\[0\\]",
      "[999999]",
      "-1",
      "a$b",
    ];
    for (let i = 0; i < good.length; i++) expect<bool>(JsonPath.parse(good[i]) !== null).toBe(true, good[i]);
    const bad = ["", ".", "a.", ".a", "a..b", "a[", "a[]", "a[00]", "a[01]", "a[x]", "a[-1]", "a[0", "a[0]b"];
    for (let i = 0; i < bad.length; i++) expect<bool>(JsonPath.parse(bad[i]) === null).toBe(true, bad[i]);
    const odd = [
      "a]",
      "a\\",
      "a\\b",
      "a\\\\",
      'a"b',
      "a\nb",
      "a[1000000]",
      "a.[0]",
      "a[0].",
      "a" + ".a".repeat(32),
    ];
    for (let i = 0; i < odd.length; i++) expect<bool>(JsonPath.parse(odd[i]) === null).toBe(true, odd[i]);
    expect<bool>(JsonPath.parse("a" + ".a".repeat(31)) !== null).toBe(true);
  });
});

describe("edits of JSON", () => {
  it("set what is there, and nothing around it", () => {
    expect<string>(set('{ "a" : 1.0e5 ,"b":2 }', "b", "[3]")).toBe('{ "a" : 1.0e5 ,"b":[3] }');
    expect<string>(set('{"a":{"b":[1, 2 ,3]}}', "a.b[1]", "null")).toBe('{"a":{"b":[1, null ,3]}}');
    expect<string>(set("[1]", "[0]", "2")).toBe("[2]");
    expect<string>(set('{"\\u0061":1}', "a", "2")).toBe('{"\\u0061":2}');
    expect<string>(set('{"a.b":1}', "a\\.b", "2")).toBe('{"a.b":2}');
  });

  it("add what is missing, at the end", () => {
    expect<string>(set("{}", "a", "1")).toBe('{"a":1}');
    expect<string>(set('{ "x": 1 }', "a", "1")).toBe('{ "x": 1,"a":1 }');
    expect<string>(set("{ }", "a.b[0].c", "1")).toBe('{"a":{"b":[{"c":1}]} }');
    expect<string>(set('{"a":[ ]}', "a[0]", "1")).toBe('{"a":[1 ]}');
    expect<string>(set('{"a":[1]}', "a[1]", "2")).toBe('{"a":[1,2]}');
    expect<string>(set('{"a":[1]}', "a[1].b", "2")).toBe('{"a":[1,{"b":2}]}');
  });

  it("do nothing where there is no place", () => {
    expect<string>(set('{"a":[1]}', "a[2]", "2")).toBe('{"a":[1]}');
    expect<string>(set("{}", "a[1]", "2")).toBe("{}");
    expect<string>(set('{"a":"b"}', "a.b", "2")).toBe('{"a":"b"}');
    expect<string>(set('{"a":null}', "a.b", "2")).toBe('{"a":null}');
    expect<string>(set("[1]", "a", "2")).toBe("[1]");
    expect<string>(set('{"a":1}', "[0]", "2")).toBe('{"a":1}');
    expect<string>(set("7", "a", "2")).toBe("7");
    expect<string>(removed('{"a":1}', "b")).toBe('{"a":1}');
    expect<string>(renamed('{"a":1}', "b", "c")).toBe('{"a":1}');
    expect<string>(renamed("[1]", "[0]", "c")).toBe("[1]");
  });

  it("remove with the comma that goes with it", () => {
    expect<string>(removed('{ "a":1 , "b":2 , "c":3 }', "a")).toBe('{ "b":2 , "c":3 }');
    expect<string>(removed('{ "a":1 , "b":2 , "c":3 }', "b")).toBe('{ "a":1 , "c":3 }');
    expect<string>(removed('{ "a":1 , "b":2 , "c":3 }', "c")).toBe('{ "a":1 , "b":2 }');
    expect<string>(removed('{ "a":1 }', "a")).toBe("{  }");
    expect<string>(removed("[[1],2]", "[0][0]")).toBe("[[],2]");
    expect<string>(removed("[1,2,3]", "[2]")).toBe("[1,2]");
  });

  it("rename in place, over a key that is there", () => {
    expect<string>(renamed('{"a":1,"b":2}', "a", "c")).toBe('{"c":1,"b":2}');
    expect<string>(renamed('{"a":1,"b":2}', "a", "b")).toBe('{"b":1}');
    expect<string>(renamed('{"b":2,"a":1}', "a", "b")).toBe('{"b":1}');
    expect<string>(renamed('{"a":1}', "a", "a")).toBe('{"a":1}');
    expect<string>(renamed('{"a":{"b":1}}', "a.b", "x\\.y")).toBe('{"a":{"x.y":1}}');
  });

  it("see what the edits before them did", () => {
    const edits = new JsonEdits();
    edits.remove(pathOf("a"));
    edits.rename(pathOf("b"), pathOf("a"));
    edits.set(pathOf("a.c.d"), encode("1"));
    edits.set(pathOf("a.c.e"), encode("2"));
    edits.remove(pathOf("a.c.d"));
    expect<string>(decodeSlice(edits.apply(encode('{"a":1,"b":{}}')))).toBe('{"a":{"c":{"e":2}}}');
  });

  it("leave alone what is not JSON, and say why", () => {
    const edits = new JsonEdits();
    edits.set(pathOf("a"), encode("1"));
    const text = encode("{a}");
    expect<u64>(edits.apply(text)).toBe(text);
    expect<string>(edits.mistake).toBe("line 1, column 2: expected a key in double quotes");
    edits.apply(encode("{}"));
    expect<string>(edits.mistake).toBe("");
  });
});

/** A document that is written down and changed by plain means, to compare with. */
class Value {
  keys: string[] = [];
  children: Value[] = [];
  constructor(
    /** 0 a scalar, 1 a list, 2 an object. */
    public kind: i32,
    public text: string,
  ) {}

  write(): string {
    if (this.kind == 0) return this.text;
    let out = this.kind == 1 ? "[" : "{";
    for (let i = 0; i < this.children.length; i++) {
      if (i > 0) out += ",";
      if (this.kind == 2) out += '"' + this.keys[i] + '":';
      out += this.children[i].write();
    }
    return out + (this.kind == 1 ? "]" : "}");
  }
}

let seed: u32 = 1;
function random(below: u32): i32 {
  seed = seed * 1664525 + 1013904223;
  return <i32>((seed >> 8) % below);
}

const SCALARS = [
  "1.50",
  "-0",
  "1e400",
  '"\\u00e9\\/"',
  "true",
  "null",
  '""',
  "12345678901234567890",
  '"a,b]}"',
];
const KEYS = ["a", "b", "c", "d"];

function randomValue(depth: i32): Value {
  const kind = depth == 0 ? 0 : random(4) == 0 ? 0 : 1 + random(2);
  const value = new Value(kind, SCALARS[random(SCALARS.length)]);
  if (kind == 0) return value;
  for (let i = 0; i < 4; i++) {
    if (random(3) == 0) continue;
    value.keys.push(kind == 2 ? KEYS[i] : "");
    value.children.push(randomValue(depth - 1));
  }
  return value;
}

/** One edit of a value by the words of `JsonEdits`; `kind` is 0 to remove, 1 to rename, 2 to set. */
function change(value: Value, kind: i32, steps: i32[], at: i32, text: string): void {
  const step = steps[at];
  const isKey = step >= 100;
  if (value.kind != (isKey ? 2 : 1)) return;
  const index = isKey ? value.keys.indexOf(KEYS[step - 100]) : step;
  const there = index >= 0 && index < value.children.length;
  const last = at + 1 == steps.length;
  if (!there) {
    if (kind != 2 || (!isKey && index != value.children.length)) return;
    let made = new Value(0, text);
    for (let i = steps.length - 1; i > at; i--) {
      if (steps[i] > 0 && steps[i] < 100) return;
      const around = new Value(steps[i] >= 100 ? 2 : 1, "");
      around.keys.push(steps[i] >= 100 ? KEYS[steps[i] - 100] : "");
      around.children.push(made);
      made = around;
    }
    value.keys.push(isKey ? KEYS[step - 100] : "");
    value.children.push(made);
  } else if (!last) {
    change(value.children[index], kind, steps, at + 1, text);
  } else if (kind == 2) {
    value.children[index] = new Value(0, text);
  } else if (kind == 0) {
    value.keys.splice(index, 1);
    value.children.splice(index, 1);
  } else if (isKey) {
    const twin = value.keys.indexOf(text);
    if (twin == index) return;
    value.keys[index] = text;
    if (twin < 0) return;
    value.keys.splice(twin, 1);
    value.children.splice(twin, 1);
  }
}

describe("edits of any JSON", () => {
  it("make what plain means make, byte for byte", () => {
    for (let round = 0; round < 4000; round++) {
      const value = randomValue(3);
      const before = value.write();
      const edits = new JsonEdits();
      let told = before;
      for (let count = 1 + random(4); count > 0; count--) {
        const steps: i32[] = [];
        let path = "";
        for (let i = 1 + random(3); i > 0; i--) {
          const step = random(2) == 0 ? random(4) : 100 + random(4);
          if (step < 100) path += "[" + step.toString() + "]";
          else path += (path.length > 0 ? "." : "") + KEYS[step - 100];
          steps.push(step);
        }
        const kind = random(3);
        const text = kind == 1 ? KEYS[random(4)] : SCALARS[random(SCALARS.length)];
        if (kind == 0) edits.remove(pathOf(path));
        else if (kind == 1) edits.rename(pathOf(path), pathOf(text));
        else edits.set(pathOf(path), encode(text));
        if (kind != 1 || steps[steps.length - 1] >= 100) change(value, kind, steps, 0, text);
        told += " | " + kind.toString() + " " + path + " " + text;
      }
      const after = edits.apply(encode(before));
      expect<string>(decodeSlice(after)).toBe(value.write(), told);
      expect<JsonError>(parseJson(after).error).toBe(JsonError.None, told);
    }
  });
});
