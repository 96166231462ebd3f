import { sliceOf } from "../runtime/slice";
import { Hash } from "./hash";

/** The SHA-256 of bytes: 32 bytes. (FIPS 180-4) */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Sha256().update(sliceOf(bytes)).digest();
}

/** SHA-256 of bytes that come in pieces. */
@final
export class Sha256 extends Hash {
  private readonly state: StaticArray<u32> = new StaticArray<u32>(8);

  constructor() {
    super(64, 32);
    this.begin();
  }

  protected begin(): void {
    const initial = memory.data<u32>([
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ]);
    memory.copy(changetype<usize>(this.state), initial, 32);
  }

  protected compress(block: usize): void {
    const constants = memory.data<u32>([
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
      0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
      0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
      0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
      0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
      0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
      0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ]);
    const schedule = memory.data(256);
    for (let i: usize = 0; i < 64; i += 4) store<u32>(schedule + i, bswap<u32>(load<u32>(block + i)));
    for (let at = schedule; at < schedule + 192; at += 4) {
      const early = load<u32>(at, 4);
      const late = load<u32>(at, 56);
      const spread = rotr(early, 7) ^ rotr(early, 18) ^ (early >> 3);
      const fold = rotr(late, 17) ^ rotr(late, 19) ^ (late >> 10);
      store<u32>(at, load<u32>(at) + spread + load<u32>(at, 36) + fold, 64);
    }
    const state = changetype<usize>(this.state);
    let a = load<u32>(state);
    let b = load<u32>(state, 4);
    let c = load<u32>(state, 8);
    let d = load<u32>(state, 12);
    let e = load<u32>(state, 16);
    let f = load<u32>(state, 20);
    let g = load<u32>(state, 24);
    let h = load<u32>(state, 28);
    for (let i: usize = 0; i < 256; i += 4) {
      const choice = (e & f) ^ (~e & g);
      const first =
        h +
        (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) +
        choice +
        load<u32>(constants + i) +
        load<u32>(schedule + i);
      const second = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + first;
      d = c;
      c = b;
      b = a;
      a = first + second;
    }
    add(state, a);
    add(state + 4, b);
    add(state + 8, c);
    add(state + 12, d);
    add(state + 16, e);
    add(state + 20, f);
    add(state + 24, g);
    add(state + 28, h);
  }

  protected output(target: usize): void {
    const state = changetype<usize>(this.state);
    for (let i: usize = 0; i < 32; i += 4) store<u32>(target + i, bswap<u32>(load<u32>(state + i)));
  }
}

// @ts-ignore: decorator
@inline
function add(target: usize, value: u32): void {
  store<u32>(target, load<u32>(target) + value);
}
