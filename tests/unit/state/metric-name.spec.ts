import { Slice, slice } from "as-proxy-wasm/assembly/runtime/slice";
import { decodeSlice, encode } from "as-proxy-wasm/assembly/runtime/utf8";
import {
  LONGEST_LABEL_VALUE,
  labelName,
  metricName,
  writeLabelValue,
} from "as-proxy-wasm/assembly/state/metric-name";
import { bytesOf } from "../support/bytes";

/** The value as it is written, and that nothing is written beyond it. */
function written(value: Slice): string {
  const target = heap.alloc(LONGEST_LABEL_VALUE + 8);
  memory.fill(target, 0x7e, LONGEST_LABEL_VALUE + 8);
  const size = writeLabelValue(target, value);
  expect<bool>(size <= LONGEST_LABEL_VALUE).toBe(true);
  expect<u64>(load<u64>(target + LONGEST_LABEL_VALUE)).toBe(0x7e7e7e7e7e7e7e7e);
  const text = decodeSlice(slice(target, size));
  heap.free(target);
  return text;
}

function writtenText(value: string): string {
  return written(encode(value));
}

describe("the name of a metric", () => {
  it("has its labels before it", () => {
    expect<string>(metricName("p_total", [])).toBe("p_total");
    expect<string>(
      metricName("p_total", [
        ["method", "GET"],
        ["class", "2xx"],
      ]),
    ).toBe("method=.=GET;.;class=.=2xx;.;p_total");
    expect<string>(metricName("p_total", [["a", ""]])).toBe("a=.=;.;p_total");
    expect<string>(metricName("p_total", [["a"], [], ["a", "b", "c"]])).toBe("p_total");
  });

  it("has plain values", () => {
    expect<string>(metricName("p", [["a", "x.y;.;z=.=1"]])).toBe("a=.=x_y___z___1;.;p");
    expect<string>(metricName("p", [["a", "é".repeat(100)]])).toBe("a=.=" + "é".repeat(64) + ";.;p");
  });
});

describe("the value of a label", () => {
  it("keeps letters, digits and most marks", () => {
    const plain = "azAZ09-_/+~*!?%&$'()[]{}<>@^`";
    expect<string>(writtenText(plain)).toBe(plain);
    expect<string>(writtenText("ü€😀")).toBe("ü€😀");
  });

  it("has _ for each byte that others would take for their own", () => {
    for (let code = 0; code < 128; code++) {
      const text = String.fromCharCode(code);
      const kept = code > 0x20 && code < 0x7f && !'"#,.:;=\\|'.includes(text);
      expect<string>(writtenText(text)).toBe(kept ? text : "_");
    }
  });

  it("has _ for each byte that is not UTF-8, and for control characters", () => {
    expect<string>(written(bytesOf([0xff]))).toBe("_");
    expect<string>(written(bytesOf([0x61, 0xc3]))).toBe("a_");
    expect<string>(written(bytesOf([0xc3, 0x28]))).toBe("_(");
    expect<string>(written(bytesOf([0xc0, 0x80]))).toBe("__");
    expect<string>(written(bytesOf([0xc2, 0x85]))).toBe("__");
    expect<string>(written(bytesOf([0xc2, 0xa0]))).toBe("\u00a0");
    expect<string>(written(bytesOf([0xe0, 0x80, 0x80]))).toBe("___");
    expect<string>(written(bytesOf([0xed, 0xa0, 0x80]))).toBe("___");
    expect<string>(written(bytesOf([0xe2, 0x82]))).toBe("__");
    expect<string>(written(bytesOf([0xe2, 0x82, 0x41]))).toBe("__A");
    expect<string>(written(bytesOf([0xf0, 0x8f, 0xbf, 0xbf]))).toBe("____");
    expect<string>(written(bytesOf([0xf4, 0x90, 0x80, 0x80]))).toBe("____");
    expect<string>(written(bytesOf([0xf0, 0x9f, 0x98]))).toBe("___");
  });

  it("ends after 128 bytes, and never within a character", () => {
    expect<string>(writtenText("v".repeat(128))).toBe("v".repeat(128));
    expect<string>(writtenText("v".repeat(129))).toBe("v".repeat(128));
    expect<string>(writtenText("v".repeat(127) + "ü")).toBe("v".repeat(127));
    expect<string>(writtenText("v".repeat(126) + "ü")).toBe("v".repeat(126) + "ü");
    expect<string>(writtenText("v".repeat(125) + "😀")).toBe("v".repeat(125));
    expect<string>(writtenText(";".repeat(4000))).toBe("_".repeat(128));
    expect<string>(writtenText("")).toBe("");
  });
});

describe("the label of a header", () => {
  it("is in the form that Prometheus asks for", () => {
    expect<string>(labelName("X-Tenant")).toBe("x_tenant");
    expect<string>(labelName("x_tenant")).toBe("x_tenant");
    expect<string>(labelName("1st")).toBe("_1st");
    expect<string>(labelName("!#$x.y'z")).toBe("_x_y_z");
    expect<string>(labelName("--x--y")).toBe("_x__y");
    expect<string>(labelName("-1")).toBe("_1");
    expect<string>(labelName("~")).toBe("_");
    expect<string>(labelName("")).toBe("_");
  });
});
