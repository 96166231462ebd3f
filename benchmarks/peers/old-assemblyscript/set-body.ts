// The SDK has no working call for new bodies: declared anew.

// @ts-ignore: decorator
@external("env", "proxy_set_buffer_bytes")
declare function proxy_set_buffer_bytes(type: i32, start: u32, size: u32, bytes: usize, length: u32): u32;

export function setBody(type: i32, size: u32, body: ArrayBuffer): void {
  proxy_set_buffer_bytes(type, 0, size, changetype<usize>(body), body.byteLength);
}
