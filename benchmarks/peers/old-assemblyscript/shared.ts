// What the SDK lacks, or calls with its arguments mixed up so that no module on it can use it: declared anew.

// @ts-ignore: decorator
@external("env", "proxy_get_shared_data")
declare function proxy_get_shared_data(
  key: usize,
  size: usize,
  out: usize,
  sizeOut: usize,
  casOut: usize,
): u32;

// @ts-ignore: decorator
@external("env", "proxy_set_shared_data")
declare function proxy_set_shared_data(
  key: usize,
  size: usize,
  value: usize,
  valueSize: usize,
  cas: u32,
): u32;

/** Adds one to a counter by compare-and-swap, and gives back what it is then. */
export function countUp(key: ArrayBuffer): u64 {
  const out = new Uint32Array(3);
  const at = out.dataStart;
  const next = new Uint64Array(1);
  const name = changetype<usize>(key);
  while (true) {
    let before: u64 = 0;
    // Any version but 0 writes a key that is not there, and no other.
    let version: u32 = 0xffffffff;
    if (proxy_get_shared_data(name, key.byteLength, at, at + 4, at + 8) == 0) {
      if (out[1] == 8) before = load<u64>(out[0]);
      version = out[2];
    }
    next[0] = before + 1;
    if (proxy_set_shared_data(name, key.byteLength, next.dataStart, 8, version) == 0) return before + 1;
  }
}
