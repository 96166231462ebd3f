import { sipHash, sipHashFirst, sipHashSecond } from "as-proxy-wasm/assembly/runtime/siphash";
import { slice } from "as-proxy-wasm/assembly/runtime/slice";

/** The hash of the bytes 0, 1, 2, ... under the key 00 01 ... 0f, as OpenSSL has it, in two halves. */
function expectHash(size: i32, first: u64, second: u64): void {
  const data = heap.alloc(<usize>size + 8);
  for (let i = 0; i < size; i++) store<u8>(data + i, <u8>i);
  sipHash(0x0706050403020100, 0x0f0e0d0c0b0a0908, slice(data, size));
  expect<u64>(bswap<u64>(sipHashFirst())).toBe(first, size.toString());
  expect<u64>(bswap<u64>(sipHashSecond())).toBe(second, size.toString());
  heap.free(data);
}

describe("SipHash-2-4 with 128 bits", () => {
  it("is what OpenSSL makes of the reference's inputs", () => {
    expectHash(0, 0xa3817f04ba25a8e6, 0x6df67214c7550293);
    expectHash(1, 0xda87c1d86b99af44, 0x347659119b22fc45);
    expectHash(2, 0x8177228da4a45dc7, 0xfca38bdef60affe4);
    expectHash(15, 0x5493e99933b0a811, 0x7e08ec0f97cfc3d9);
    expectHash(63, 0x5150d1772f50834a, 0x503e069a973fbd7c);
  });
});
