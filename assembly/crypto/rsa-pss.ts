import { Slice, equalBytes, slice, sliceOf } from "../runtime/slice";
import { Hash } from "./hash";
import { RsaKey } from "./rsa";

/**
 * Whether a signature of the kind RSASSA-PSS is right, in the form that tokens have (`PS256` and its like): the same
 * hash everywhere, and a salt as long as the hash. The hash has nothing added to it yet. (RFC 8017, section 8.1.2 and
 * 9.1.2; RFC 7518, section 3.5)
 */
export function verifyRsaPss(key: RsaKey, hash: Hash, signature: Slice, text: Slice): bool {
  const block = key.open(signature);
  if (block == null) return false;
  const bits = key.bits - 1;
  const size = <usize>((bits + 7) >> 3);
  const hashSize = <usize>hash.size;
  const start = block.dataStart + (<usize>block.length - size);
  // Where the block is one byte shorter than the modulus, that byte is zero.
  if (start != block.dataStart && load<u8>(block.dataStart) != 0) return false;
  if (load<u8>(start + size - 1) != 0xbc) return false;
  const unused = <u32>(((<i32>size) << 3) - bits);
  if ((<u32>load<u8>(start)) >> (8 - unused) != 0) return false;

  const maskedSize = size - hashSize - 1;
  const digest = start + maskedSize;
  unmask(hash, start, maskedSize, slice(digest, hashSize));
  store<u8>(start, (<u32>load<u8>(start)) & (0xff >> unused));
  const salt = digest - hashSize;
  for (let at = start; at < salt - 1; at++) {
    if (load<u8>(at) != 0) return false;
  }
  if (load<u8>(salt - 1) != 1) return false;

  const inner = hash.update(text).digest();
  hash.update(slice(memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0]), 8)).update(sliceOf(inner));
  const expected = hash.update(slice(salt, hashSize)).digest();
  return equalBytes(sliceOf(expected), slice(digest, hashSize));
}

/** Takes the mask that is made from a seed off some bytes. (MGF1: RFC 8017, appendix B.2.1) */
function unmask(hash: Hash, target: usize, size: usize, seed: Slice): void {
  const counter = memory.data(4);
  const mask = new Uint8Array(hash.size);
  const step = <usize>hash.size;
  for (let done: usize = 0, count: u32 = 0; done < size; done += step) {
    store<u32>(counter, bswap<u32>(count++));
    hash.update(seed).update(slice(counter, 4)).digestTo(mask.dataStart);
    const length = min(step, size - done);
    for (let i: usize = 0; i < length; i++) {
      const at = target + done + i;
      store<u8>(at, load<u8>(at) ^ load<u8>(mask.dataStart + i));
    }
  }
}
