import {
  beginsWith,
  copyOf,
  dataOf,
  equalBytes,
  sizeOf,
  slice,
  sliceOf,
} from "as-proxy-wasm/assembly/runtime/slice";
import { bytesOf } from "../support/bytes";

let kept: Uint8Array = new Uint8Array(0);

describe("a slice", () => {
  it("keeps an address and a length apart, up to their largest", () => {
    const largest = slice(0xffffffff, 0xffffffff);
    expect<usize>(dataOf(largest)).toBe(0xffffffff);
    expect<usize>(sizeOf(largest)).toBe(0xffffffff);
    expect<usize>(dataOf(slice(0x80000000, 1))).toBe(0x80000000);
    expect<usize>(sizeOf(slice(0x80000000, 1))).toBe(1);
  });

  it("is the memory of a byte array, from where a view of it begins", () => {
    const bytes = new Uint8Array(8);
    const view = bytes.subarray(3, 5);
    expect<usize>(dataOf(sliceOf(view))).toBe(bytes.dataStart + 3);
    expect<usize>(sizeOf(sliceOf(view))).toBe(2);
  });

  it("equals one with the same bytes elsewhere, and no other", () => {
    expect<bool>(equalBytes(bytesOf([1, 2, 3]), bytesOf([1, 2, 3]))).toBe(true);
    expect<bool>(equalBytes(bytesOf([1, 2, 3]), bytesOf([1, 2, 4]))).toBe(false);
    expect<bool>(equalBytes(bytesOf([1, 2, 3]), bytesOf([1, 2]))).toBe(false);
    expect<bool>(equalBytes(bytesOf([]), slice(0, 0))).toBe(true);
  });

  it("equals one of any length, and not where any byte differs", () => {
    for (let size = 0; size < 40; size++) {
      const one = new Uint8Array(size);
      const other = new Uint8Array(size);
      for (let i = 0; i < size; i++) one[i] = other[i] = <u8>(i * 7);
      expect<bool>(equalBytes(sliceOf(one), sliceOf(other))).toBe(true);
      for (let i = 0; i < size; i++) {
        other[i] ^= 0x80;
        expect<bool>(equalBytes(sliceOf(one), sliceOf(other))).toBe(false);
        other[i] ^= 0x80;
      }
    }
  });

  it("begins with what is its first bytes, and with nothing longer", () => {
    expect<bool>(beginsWith(bytesOf([1, 2, 3]), bytesOf([1, 2]))).toBe(true);
    expect<bool>(beginsWith(bytesOf([1, 2, 3]), bytesOf([1, 2, 3]))).toBe(true);
    expect<bool>(beginsWith(bytesOf([1, 2, 3]), bytesOf([]))).toBe(true);
    expect<bool>(beginsWith(bytesOf([1, 2, 3]), bytesOf([2]))).toBe(false);
    expect<bool>(beginsWith(bytesOf([1, 2, 3]), bytesOf([1, 2, 3, 4]))).toBe(false);
  });

  it("has a copy that stays through a collection", () => {
    kept = copyOf(bytesOf([9, 8, 7]));
    __collect();
    for (let i = 0; i < 100; i++) new Uint8Array(3).fill(0xff);
    expect<i32>(kept.length).toBe(3);
    expect<u8>(kept[0]).toBe(9);
    expect<u8>(kept[2]).toBe(7);
  });
});
