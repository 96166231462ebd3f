import { isFieldNamed } from "./fields";

/** Fields that say how a message is routed and framed. */
// @ts-ignore: decorator
@lazy
const FRAMING: StaticArray<string> = [
  "host",
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/**
 * Whether a field says how a message is routed and framed, in whatever case: that is the host's business, and no plugin
 * should be configured to set it. (RFC 9110, 7.6.1; RFC 9112, 6)
 */
export function isFramingField(name: string): bool {
  for (let i = 0; i < FRAMING.length; i++) {
    if (isFieldNamed(name, FRAMING[i])) return true;
  }
  return false;
}
