/** Where each character stands in the alphabet of base64; 64 for one that does not. */
const places = new Uint8Array(256).fill(64);
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
for (let i = 0; i < alphabet.length; i++) places[alphabet.charCodeAt(i)] = <u8>i;

/** The text that base64 with its padding stands for; an empty one for anything else. */
export function decodeBase64(text: string): string {
  let size = text.length;
  if ((size & 3) != 0) return "";
  if (text.endsWith("==")) size -= 2;
  else if (text.endsWith("=")) size -= 1;
  const bytes = new Uint8Array((size * 3) >> 2);
  let bits: u32 = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < size; i++) {
    const code = text.charCodeAt(i);
    const place = code < 256 ? places[code] : 64;
    if (place == 64) return "";
    bits = (bits << 6) | place;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = <u8>(bits >> held);
    }
  }
  if ((bits & ((1 << held) - 1)) != 0) return "";
  return String.UTF8.decode(bytes.buffer);
}
