import { Slice, dataOf, sizeOf, slice, sliceOf } from "as-proxy-wasm/assembly/runtime/slice";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";

/** The slice of some bytes, written as numbers. */
export function bytesOf(numbers: i32[]): Slice {
  const bytes = new Uint8Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) bytes[i] = <u8>numbers[i];
  return sliceOf(bytes);
}

/** Text as UTF-8 between a prefix and a suffix of bytes that are no text. */
export function around(prefix: string, numbers: i32[], suffix: string): Slice {
  const parts: Slice[] = [encode(prefix), bytesOf(numbers), encode(suffix)];
  const size = sizeOf(parts[0]) + sizeOf(parts[1]) + sizeOf(parts[2]);
  const data = heap.alloc(size);
  let at = data;
  for (let i = 0; i < 3; i++) {
    memory.copy(at, dataOf(parts[i]), sizeOf(parts[i]));
    at += sizeOf(parts[i]);
  }
  return slice(data, size);
}
