import { allocateInArena } from "../runtime/arena";
import { decode } from "../runtime/utf8";

/** What Envoy puts behind the message of a service's own status: how the response came about. */
const OF_THE_SERVICE = "{via_upstream}";

/**
 * A status message as the service wrote it: on the wire it is percent-encoded, and `%` without two hexadecimal digits
 * stands for itself. What Envoy adds to a service's own message is taken off; its own ones keep it, for it says more
 * than they do. (gRPC over HTTP/2, 'Status-Message'; Envoy, `enhancedGrpcMessage`)
 */
export function decodeGrpcMessage(data: usize, size: usize): string {
  const plain = allocateInArena(size);
  let length: usize = 0;
  for (let i: usize = 0; i < size; i++) {
    let byte = load<u8>(data + i);
    if (byte == 0x25 && i + 2 < size) {
      const high = digitOf(load<u8>(data + i, 1));
      const low = digitOf(load<u8>(data + i, 2));
      if (high >= 0 && low >= 0) {
        byte = <u8>((high << 4) | low);
        i += 2;
      }
    }
    store<u8>(plain + length++, byte);
  }
  const message = decode(plain, length);
  return message.endsWith(OF_THE_SERVICE) ? message.slice(0, -OF_THE_SERVICE.length) : message;
}

/** The value of a hexadecimal digit; -1 for anything else. */
function digitOf(code: u8): i32 {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
