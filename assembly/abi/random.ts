// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "random_get")
declare function random_get(data: usize, size: usize): i32;

/** Fills memory with random bytes. Not 0 when it failed: WASI's errno. Envoy gives at most 64 KiB at a time. */
// @ts-ignore: decorator
@inline
export function randomBytes(data: usize, size: usize): i32 {
  return random_get(data, size);
}
