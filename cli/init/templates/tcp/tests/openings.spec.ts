import { Opening, Openings } from "../assembly/openings";

function judge(text: string): Opening {
  const openings = new Openings();
  expect<bool>(openings.add("SSH-")).toBe(true);
  expect<bool>(openings.add("GET ")).toBe(true);
  expect<u32>(openings.longest).toBe(4);
  return openings.judge(Uint8Array.wrap(String.UTF8.encode(text)));
}

describe("the openings of connections", () => {
  it("are known by their first bytes", () => {
    expect<Opening>(judge("SSH-2.0-client")).toBe(Opening.Known);
    expect<Opening>(judge("GET ")).toBe(Opening.Known);
    expect<Opening>(judge("PUT /")).toBe(Opening.Other);
    expect<Opening>(judge("SSL-")).toBe(Opening.Other);
  });

  it("are unclear until enough has come", () => {
    expect<Opening>(judge("")).toBe(Opening.Unclear);
    expect<Opening>(judge("SSH")).toBe(Opening.Unclear);
  });

  it("are all others where none is known", () => {
    expect<Opening>(new Openings().judge(new Uint8Array(0))).toBe(Opening.Other);
  });

  it("are never empty", () => {
    expect<bool>(new Openings().add("")).toBe(false);
  });
});
