import { resetArena, arenaUse } from "as-proxy-wasm/assembly/runtime/arena";
import { dataOf, sizeOf } from "as-proxy-wasm/assembly/runtime/slice";
import { decodeSlice, encode } from "as-proxy-wasm/assembly/runtime/utf8";

const NAMES: string[] = [
  "a",
  "b",
  "c",
  "dd",
  "ee",
  "x-one",
  "x-two",
  "x-three",
  "é",
  "content-type",
  "content-length",
];

describe("an encoded literal", () => {
  it("keeps its bytes while another is encoded: a name and a value of one call", () => {
    for (let i = 0; i < NAMES.length; i++) {
      for (let j = 0; j < NAMES.length; j++) {
        const name = encode(NAMES[i]);
        const value = encode(NAMES[j]);
        expect<string>(decodeSlice(name)).toBe(NAMES[i]);
        expect<string>(decodeSlice(value)).toBe(NAMES[j]);
      }
    }
  });

  it("is made once", () => {
    const first = encode("made once");
    resetArena();
    expect<usize>(dataOf(encode("made once"))).toBe(dataOf(first));
    expect<usize>(arenaUse()).toBe(0);
  });

  it("stays through a collection and a reset of the arena", () => {
    const encoded = encode("stays where it is");
    resetArena();
    __collect();
    for (let i = 0; i < 100; i++) heap.free(heap.alloc(20));
    expect<string>(decodeSlice(encoded)).toBe("stays where it is");
  });

  it("is not made of a string that was built", () => {
    resetArena();
    const built = "built " + NAMES.length.toString();
    const encoded = encode(built);
    expect<usize>(arenaUse()).toBeGreaterThan(0);
    expect<string>(decodeSlice(encoded)).toBe("built 11");
    resetArena();
  });

  it("is empty for an empty literal", () => {
    expect<usize>(sizeOf(encode(""))).toBe(0);
  });
});
